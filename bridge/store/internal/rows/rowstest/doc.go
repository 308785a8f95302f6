// Package rowstest shows tests of the stores the form and the statements of package rows.
package rowstest
