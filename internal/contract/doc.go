// Package contract checks the server against its OpenAPI document. Only tests import it.
//
//	handler = contract.Handler(t, handler)            // around what a test calls
//	client.Transport = contract.Transport(t, nil)     // around how a test calls
//	contract.Routes(t, engine.Routes(), "/v1/")       // nothing more, nothing less
//	contract.Webhook(t, "order.paid", body)
//
// Every response is compared with the document: its status, its headers and all members
// of its body. So is every request that succeeded. Answers in an envelope are unwrapped
// first; pages and event streams are recognised by their content type. A difference fails
// the test.
package contract
