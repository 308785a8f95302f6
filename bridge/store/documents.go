package store

import "context"

// Documents is the part of a Store that holds small documents about the installation as a
// whole, each under a name: the revoked sessions, the key sets of the nodes.
type Documents interface {
	// Document returns a document and its version, which every change increments. When the
	// version is still known, it returns the version without the document, so that a poll
	// costs little. A document that was never written is nil and has version zero.
	Document(ctx context.Context, name string, known int64) (doc []byte, version int64, err error)

	// ChangeDocument gives change the document, nil when there is none, and stores the text
	// that it returns. Concurrent changes of one document run one after the other. A nil
	// result changes nothing. change runs again after a conflict, and after a commit whose
	// outcome is unknown, so it must be idempotent. An error from change rolls back and is
	// returned as it is.
	ChangeDocument(ctx context.Context, name string, change func(doc []byte) ([]byte, error)) error
}
