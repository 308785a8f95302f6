package miniprogram

import (
	"strings"
	"time"
)

// Profile describes the dialect of one wallet of the family. The code depends on these members
// and never on a wallet's name, so a wallet that is not in the table is the nearest row with a
// few overrides.
type Profile struct {
	// Calls go to PathPrefix, Version and the path of the call. A path that begins with
	// a slash brings its own version.
	PathPrefix        string
	Version           string
	RefundPath        string
	InquiryRefundPath string
	VoidPath          string
	UserInfoPath      string
	RevokePath        string
	// SandboxPath puts client ids that begin with SANDBOX_ below /ams/sandbox/api.
	SandboxPath bool

	// How signatures are written. All forms are read, whatever these say.
	Encoding   Encoding
	TimeFormat TimeFormat
	Separator  string // between the members of the Signature header
	Algorithm  string // the label of RSA with SHA-256

	VerifyAnswer  Policy
	SignReply     bool
	CheckTime     bool
	TimeTolerance time.Duration // how far a time may be off, in both directions

	// Which names a call carries.
	PartnerID  bool         // partnerId, which is then required
	AppID      AppIDPlace   // where pay has the mini program's id
	NeedsAppID bool         // whether it is required
	AuthClient bool         // applyToken has appId and authClientId
	BelongsTo  BelongsPlace // where customerBelongsTo stands when it is configured

	// What pay says.
	ProductCode    string // of the cashier; empty leaves it out
	NeedsProduct   bool   // no default is known: the wallet assigns one
	HoldProduct    string // of a payment that is only authorized
	AgreementCode  string // of a payment by agreement
	SalesCode      string
	AgreementToken string // the member that carries an agreement's token
	PaymentFactor  bool   // paymentFactor says what kind of payment it is
	Title          bool   // paymentOrderTitle
	OrderAsText    bool   // the order is JSON text in extraParams.ORDER
	GoodsAsList    bool   // goods is an array; else one object, for one line only
	Buyer          bool   // the order names the payer
	Env            EnvPlace
	MCC            bool
	ReturnField    string
	AmountAsNumber bool
	TextOnly       bool          // every scalar is text: "true"
	RefundNotify   bool          // refundNotifyUrl
	ExpiryMost     time.Duration // after the order was made; zero: no bound
	QueryFirst     bool          // a repeated pay is not promised to be one payment
	CashierNotify  bool          // the cashier's URL may come by notification

	// What the wallet can do.
	CanCancel     bool
	CanHold       bool
	CanAgree      bool
	SingleCapture bool // one capture ends an authorization by itself
	// AgreementTerms says that prepare carries the whole contract; else a language and
	// a description do.
	AgreementTerms bool
	// AgreementClient says that referenceClientId in prepare is the mini program's id;
	// else it is our reference.
	AgreementClient bool

	NotifyStatus StatusCarrier
	Currencies   string // those it pays in, apart by a blank; empty: any
}

// Encoding is how a signature is written.
type Encoding string

// The encodings: standard base64 with percent escapes, plain, and base64url without
// padding.
const (
	Percent   Encoding = "percent"
	Base64    Encoding = "base64"
	Base64URL Encoding = "base64url"
)

// TimeFormat is the format of a message's time.
type TimeFormat string

// The formats.
const (
	ISOMillis   TimeFormat = "iso-ms"   // 2026-01-02T10:15:00.123+08:00
	ISOSeconds  TimeFormat = "iso-s"    // 2026-01-02T10:15:00+08:00
	UTC         TimeFormat = "utc"      // 2026-01-02T02:15:00Z
	EpochMillis TimeFormat = "epoch-ms" // 1767320100123
)

// Policy is whether answers must be signed. A signature that is there and wrong is
// never accepted, unless the policy is Off.
type Policy string

// The policies. IfPresent is Required once the wallet has signed an answer, also after a
// restart.
const (
	Required  Policy = "required"
	IfPresent Policy = "ifPresent"
	Off       Policy = "off"
)

// AppIDPlace is where pay has the mini program's id.
type AppIDPlace string

// The places of the mini program's id.
const (
	AppIDNowhere AppIDPlace = "nowhere"
	AppIDMember  AppIDPlace = "appId"
	AppIDInside  AppIDPlace = "extendInfo" // as miniAppId
)

// BelongsPlace is where customerBelongsTo is.
type BelongsPlace string

// The places of customerBelongsTo.
const (
	BelongsMember BelongsPlace = "member"
	BelongsInside BelongsPlace = "extendInfo"
)

// EnvPlace is where pay has the kind of program from which the payer comes.
type EnvPlace string

// The places of the environment.
const (
	EnvNowhere EnvPlace = "nowhere"
	EnvInOrder EnvPlace = "order.env"
	EnvInfo    EnvPlace = "envInfo"
	EnvMember  EnvPlace = "env"
)

// StatusCarrier is the member of a notification that decides. The others are read too, where
// they are unambiguous.
type StatusCarrier string

// The carriers.
const (
	PaymentMembers StatusCarrier = "payment" // paymentResult, or paymentStatus
	ResultMember   StatusCarrier = "result"  // the result of the whole, as the last of them
)

// path returns where a call goes below the host, as it is signed. rest is below the version, or
// has its own.
func (p *Profile) path(clientID, rest string) string {
	path := p.PathPrefix + rest
	if !strings.HasPrefix(rest, "/") {
		path = p.PathPrefix + "/" + p.Version + "/" + rest
	}
	if p.SandboxPath && strings.HasPrefix(clientID, "SANDBOX_") {
		return strings.Replace(path, "/ams/api", "/ams/sandbox/api", 1)
	}
	return path
}

// pays reports whether the wallet takes a currency.
func (p *Profile) pays(currency string) bool {
	for c := range strings.FieldsSeq(p.Currencies) {
		if c == currency {
			return true
		}
	}
	return p.Currencies == ""
}
