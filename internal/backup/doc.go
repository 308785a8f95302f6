// Package backup reads and writes backup files. A backup is one tar archive, so that the
// database and the keys that open it cannot be mixed up with those of another backup:
//
//	manifest.json   what the backup is, and what it was made by
//	minitill.db     the database
//	keys.json …     files with secrets, when the data directory has them
//	SHA256SUMS      the digests of all of these, last: a file that was cut short has none
//
// Other programs can verify one too: tar xf FILE && sha256sum -c SHA256SUMS.
//
// The package does not depend on a store: its caller makes the copy of the database, and decides what
// is done with the files of a backup that was extracted.
package backup
