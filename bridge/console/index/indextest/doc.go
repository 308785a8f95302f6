// Package indextest is the suite that every database of the console's index passes, and a feed
// of orders for it.
package indextest
