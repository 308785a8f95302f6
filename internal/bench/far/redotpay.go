package far

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/minitill/minitill/signing"
)

// AppKey names the merchant at RedotPay.
const AppKey = "BENCH-APP-KEY"

// RedotPay is the provider of that name, whose calls and webhooks are signed with RSA. Like
// Wallet it has no memory: every order that is queried is paid.
type RedotPay struct {
	*Server
	Merchant *rsa.PrivateKey // ours
	platform *rsa.PrivateKey
	signer   *signing.RSASigner
}

// StartRedotPay starts the provider with new keys.
func StartRedotPay() (*RedotPay, error) {
	r := new(RedotPay)
	var err error
	if r.Merchant, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return nil, err
	}
	if r.platform, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return nil, err
	}
	if r.signer, err = signing.NewRSASigner("1", r.platform); err != nil {
		return nil, err
	}
	r.Server, err = Serve(http.HandlerFunc(answerRedotPay))
	return r, err
}

// MerchantPEM returns the merchant's private key.
func (r *RedotPay) MerchantPEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(r.Merchant)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
}

// PlatformKey returns the provider's public key as one line of base64.
func (r *RedotPay) PlatformKey() (string, error) {
	der, err := x509.MarshalPKIXPublicKey(&r.platform.PublicKey)
	return base64.StdEncoding.EncodeToString(der), err
}

func answerRedotPay(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var req struct{ OuterOrderSn string }
	_ = json.Unmarshal(body, &req)
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"code":"SUCCESS","msg":null,"data":{"orderSn":"RAP%s","outerOrderSn":"%s","webUrl":"https://pay.test/cashier/%s","orderStatus":2,"orderAmount":4.5,"orderCurrency":"USD"}}`,
		req.OuterOrderSn, req.OuterOrderSn, req.OuterOrderSn)
}

// Unsigned returns the webhook that the order of a request was paid, as a sandbox without
// signatures sends it.
func Unsigned(requestID string) Notification {
	body := fmt.Sprintf(`{"outerOrder":"%s","preSn":"RAP%s","txId":"PAYH%s","actionType":"ACQUIRER_PAY","orderAmount":4.5,"orderCurrency":"USD","billAmount":4.45,"billCoin":"USD","orderStatus":2}`,
		requestID, requestID, requestID)
	return Notification{body, http.Header{"Content-Type": {"application/json"}}}
}

// Paid returns the signed webhook that the order of a request was paid.
func (r *RedotPay) Paid(requestID string) (Notification, error) {
	n := Unsigned(requestID)
	stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	signature, err := r.signer.Sign(context.Background(), []byte(AppKey+"."+stamp+"."+n.Body))
	n.Header["X-R-Ts"], n.Header["X-R-Key-Version"] = []string{stamp}, []string{"1"}
	n.Header["X-R-Signature"] = []string{base64.StdEncoding.EncodeToString(signature)}
	return n, err
}
