//go:build !unix

package app

// descriptors returns the most that the limits of connections use.
func descriptors() int { return manyDescriptors }
