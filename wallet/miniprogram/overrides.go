package miniprogram

import (
	"reflect"
	"time"
)

// Overrides replace single members of the profile. What is not set is as the profile says;
// [Profile] documents each.
type Overrides struct {
	PathPrefix        *string        `json:"pathPrefix"`
	Version           *string        `json:"version" validate:"omitempty,oneof=v1 v2"`
	RefundPath        *string        `json:"refundPath"`
	InquiryRefundPath *string        `json:"inquiryRefundPath"`
	VoidPath          *string        `json:"voidPath"`
	UserInfoPath      *string        `json:"userInfoPath"`
	RevokePath        *string        `json:"revokePath"`
	SandboxPath       *bool          `json:"sandboxPath"`
	Encoding          *Encoding      `json:"encoding" validate:"omitempty,oneof=percent base64 base64url"`
	TimeFormat        *TimeFormat    `json:"timeFormat" validate:"omitempty,oneof=iso-ms iso-s utc epoch-ms"`
	Separator         *string        `json:"separator"`
	Algorithm         *string        `json:"algorithm" validate:"omitempty,oneof=RSA256 SHA256withRSA"`
	VerifyAnswer      *Policy        `json:"verifyAnswer" validate:"omitempty,oneof=required ifPresent off"`
	SignReply         *bool          `json:"signReply"`
	CheckTime         *bool          `json:"checkTime"`
	TimeTolerance     *time.Duration `json:"timeTolerance" validate:"omitempty,min=1s,max=24h"`
	PartnerID         *bool          `json:"partnerIdSent"`
	AppID             *AppIDPlace    `json:"appIdPlace" validate:"omitempty,oneof=nowhere appId extendInfo"`
	NeedsAppID        *bool          `json:"needsAppId"`
	AuthClient        *bool          `json:"authClient"`
	BelongsTo         *BelongsPlace  `json:"belongsTo" validate:"omitempty,oneof=member extendInfo"`
	NeedsProduct      *bool          `json:"needsProduct"`
	AgreementToken    *string        `json:"agreementToken" validate:"omitempty,oneof=paymentAuthCode accessToken"`
	PaymentFactor     *bool          `json:"paymentFactor"`
	Title             *bool          `json:"title"`
	OrderAsText       *bool          `json:"orderAsText"`
	GoodsAsList       *bool          `json:"goodsAsList"`
	Buyer             *bool          `json:"buyer"`
	Env               *EnvPlace      `json:"env" validate:"omitempty,oneof=nowhere order.env envInfo env"`
	MCC               *bool          `json:"mccSent"`
	ReturnField       *string        `json:"returnField" validate:"omitempty,oneof=paymentRedirectUrl paymentReturnUrl"`
	AmountAsNumber    *bool          `json:"amountAsNumber"`
	TextOnly          *bool          `json:"textOnly"`
	RefundNotify      *bool          `json:"refundNotify"`
	QueryFirst        *bool          `json:"askFirst"`
	CashierNotify     *bool          `json:"cashierNotify"`
	CanCancel         *bool          `json:"canCancel"`
	CanHold           *bool          `json:"canHold"`
	CanAgree          *bool          `json:"canAgree"`
	SingleCapture     *bool          `json:"singleCapture"`
	AgreementTerms    *bool          `json:"agreementTerms"`
	AgreementClient   *bool          `json:"agreementClient"`
	NotifyStatus      *StatusCarrier `json:"notifyStatus" validate:"omitempty,oneof=payment result"`
}

// apply returns p with the members that are set. Every field of Overrides is a pointer to the
// field of the same name, which a test checks.
func (o Overrides) apply(p Profile) Profile {
	from, to := reflect.ValueOf(o), reflect.ValueOf(&p).Elem()
	for i := range from.NumField() {
		if set := from.Field(i); !set.IsNil() {
			to.FieldByName(from.Type().Field(i).Name).Set(set.Elem())
		}
	}
	return p
}
