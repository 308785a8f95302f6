//go:build !unix

package app

// descriptors is as many as the bounds of connections take.
func descriptors() int { return manyDescriptors }
