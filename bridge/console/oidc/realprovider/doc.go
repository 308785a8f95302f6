// Package realprovider tests the console's sign-in at a provider that is not ours: the example
// server of zitadel/oidc. It is a module of its own, so that the till does not depend on it.
package realprovider
