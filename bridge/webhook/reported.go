package webhook

import "github.com/minitill/minitill/bridge/store"

// reported holds the flaws of endpoints that were logged already, since the list is read
// every few seconds.
type reported map[store.EndpointKey]string

// isNew reports whether err differs from the flaw that was logged last; nil clears that.
func (c reported) isNew(key store.EndpointKey, err error) bool {
	if err == nil {
		delete(c, key)
		return false
	}
	logged := c[key] == err.Error()
	c[key] = err.Error()
	return !logged
}
