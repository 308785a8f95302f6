package store

import "context"

// Documents is the part of a Store that keeps small documents about the installation as a
// whole, each under a name: the revoked sessions, the key sets that nodes run with.
type Documents interface {
	// Document returns a document and its version, which every change raises. Of the
	// version that is known already only the version is returned, so that a poll costs
	// little. A document that was never written is nil and has version zero.
	Document(ctx context.Context, name string, known int64) (doc []byte, version int64, err error)

	// ChangeDocument gives change the document, nil when there is none, and stores the
	// text that it returns, alone with it: two changes at once follow one another. A nil
	// result changes nothing. change runs again after a conflict, and after a commit whose
	// outcome was unknown, so doing it twice must leave what doing it once leaves. An error
	// from change leaves everything as it was and is returned as it is.
	ChangeDocument(ctx context.Context, name string, change func(doc []byte) ([]byte, error)) error
}
