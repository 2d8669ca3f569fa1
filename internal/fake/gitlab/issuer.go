package gitlab

import (
	"net/http"
)

// keysPath is where the issuer's keys are published; discovery names it.
const keysPath = "/oauth/discovery/keys"

// serveIssuer answers discovery and the keys of CI jobs' tokens; false when the path is neither.
func (l *Lab) serveIssuer(w http.ResponseWriter, r *http.Request) bool {
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		send(w, answer{status: http.StatusOK, body: object{
			"issuer": l.URL(), "jwks_uri": l.URL() + keysPath, "authorization_endpoint": l.URL() + "/oauth/authorize",
			"token_endpoint": l.URL() + "/oauth/token", "response_types_supported": []string{"code"},
			"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
			"claims_supported": []string{"iss", "sub", "aud", "exp", "iat"}, "scopes_supported": []string{"api", "openid"},
		}})
		return true
	case keysPath:
		return l.issuer.Serve(w, "/.well-known/jwks", l.URL())
	}
	return false
}
