// Package contract holds the server to its OpenAPI document. Only tests import it.
//
//	handler = contract.Handler(t, handler)            // around what a test calls
//	client.Transport = contract.Transport(t, nil)     // around how a test calls
//	contract.Routes(t, engine.Routes(), "/v1/")       // nothing more, nothing less
//	contract.Webhook(t, "order.paid", body)
//
// Every response that passes is compared with the document: its status, its headers
// and its body, to the last member. So is every request that succeeded. Answers in an
// envelope are taken out of it first; pages and event streams are known by their type.
// What is not in the document is a failure of the test, wherever the mistake may be.
package contract
