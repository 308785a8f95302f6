// Package oidc signs operators in at an OpenID Connect provider, by the authorization code
// flow with PKCE and a nonce.
//
// The provider is discovered when the first operator signs in, so that one that is down does
// not stop the till. Issuer and subject identify a person; roles come from groups or from
// named people, read anew at each sign-in. The package keeps no session: package operator
// does.
//
//	/console/oidc/start ─► provider ─► /console/oidc/callback?code&state ─► token endpoint
//	        state, nonce and verifier wait in a cookie ─┘
package oidc
