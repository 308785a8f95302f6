// Package freeport finds ports for servers that tests start in other processes, which cannot
// listen on port 0.
package freeport
