// Package saved keeps the views that operators of the console have saved: a list of orders with
// its search and filters, under a name. The views of an app are one small document of the
// store.
package saved
