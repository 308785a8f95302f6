// Package far is what the servers under test call: wallets that answer at once or after a
// while, signed as their protocols demand, and a receiver of webhooks. All of it runs in the
// process of the load generator and listens on the loopback address.
package far
