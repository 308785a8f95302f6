package ottpay

import (
	"maps"
	"slices"
)

// Methods are the methods of both generations.
func Methods() []string {
	return append(slices.Sorted(maps.Keys(webMethods)), slices.Sorted(maps.Keys(restMethods))...)
}
