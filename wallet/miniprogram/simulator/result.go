package simulator

// result is how the wallet judges a call. It is an answer, not a Go error.
type result struct {
	Code    string `json:"resultCode"`
	Status  string `json:"resultStatus"`
	Message string `json:"resultMessage"`
}

// The statuses of a result.
const (
	statusDone     = "S"
	statusAccepted = "A"
	statusFailed   = "F"
	statusUnknown  = "U"
)

func success() *result { return &result{"SUCCESS", statusDone, "success"} }

func accepted() *result { return &result{"ACCEPT", statusAccepted, "accept"} }

func refuse(code, message string) *result { return &result{code, statusFailed, message} }

func unknownResult(code, message string) *result { return &result{code, statusUnknown, message} }

// illegal names the field that breaks a rule.
func illegal(field, flaw string) *result { return refuse("PARAM_ILLEGAL", field+" "+flaw) }

func noOrder() *result { return refuse("ORDER_NOT_EXIST", "there is no such order") }

func wrongState(pay *payment) *result {
	return refuse("ORDER_STATUS_INVALID", "the payment is "+pay.status.String())
}

func inconsistent() *result {
	return refuse("REPEAT_REQ_INCONSISTENT", "the request id was used with other content")
}

// reply is an answer with only this result.
func (r *result) reply() *reply { return &reply{Result: r} }
