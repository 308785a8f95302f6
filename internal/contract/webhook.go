package contract

import "testing"

// Webhook compares the body of a webhook with what the document has for its type, such
// as "order.paid".
func Webhook(tb testing.TB, eventType string, body []byte) {
	tb.Helper()
	at := "/webhooks" + step(eventType) + "/post/requestBody/content/application~1json/schema"
	validate(tb, at, "the webhook "+eventType, body)
}

// Schema compares JSON text with a schema of the document by its name, such as "Order".
func Schema(tb testing.TB, name string, text []byte) {
	tb.Helper()
	validate(tb, "/components/schemas"+step(name), "the "+name, text)
}

func validate(tb testing.TB, pointer, what string, text []byte) {
	tb.Helper()
	d, err := load()
	if err == nil {
		err = d.validate(pointer, text)
	}
	if err != nil {
		tb.Errorf("contract: %s: %v\n%s", what, err, clip(text))
	}
}
