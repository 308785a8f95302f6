// Package view is the JSON of the contract: orders, payments, refunds and events as clients
// and merchants see them. Clients see no request ids, metadata or agreements.
package view
