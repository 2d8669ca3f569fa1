package github

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// actor is who sent a request. At most one of user, app and inst is set; none is anonymous.
type actor struct {
	user  *account
	app   *app
	inst  *installation
	token *token
	key   string // for limits and ETags
}

// token is a personal access token or an installation token.
type token struct {
	secret      string
	user        *account
	inst        *installation
	expires     time.Time // zero is never
	permissions map[string]string
	repos       map[int64]bool // nil is all of the installation's
}

func installationKey(id int64) string { return "installation " + strconv.FormatInt(id, 10) }

// authenticate reads the Authorization header. A token that is not known is 401, never anonymous.
func (h *Hub) authenticate(r *http.Request) (actor, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return actor{key: "anonymous"}, nil
	}
	scheme, secret, _ := strings.Cut(header, " ")
	secret = strings.TrimSpace(secret)
	switch strings.ToLower(scheme) {
	case "bearer", "token":
		if strings.Count(secret, ".") == 2 {
			return h.authenticateApp(secret)
		}
	case "basic": // git clients and curl -u: the token is the password, or the name if there is no password
		name, password, ok := r.BasicAuth()
		if !ok {
			return actor{}, errBadCredentials
		}
		if secret = password; secret == "" || secret == "x-oauth-basic" {
			secret = name
		}
	default:
		return actor{}, errBadCredentials
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	t := h.tokens[secret]
	if t == nil || (!t.expires.IsZero() && !h.opt.Now().Before(t.expires)) {
		return actor{}, errBadCredentials
	}
	if t.inst != nil {
		if h.installations[t.inst.id] == nil {
			return actor{}, errBadCredentials
		}
		if !t.inst.suspended.IsZero() {
			return actor{}, fail(http.StatusForbidden, "This installation has been suspended")
		}
		return actor{inst: t.inst, token: t, key: installationKey(t.inst.id)}, nil
	}
	return actor{user: t.user, token: t, key: "user " + t.user.login}, nil
}

var errBadCredentials = &apiError{Status: http.StatusUnauthorized, Message: "Bad credentials"}

// authenticateApp checks an App's JSON Web Token: RS256 with the App's key, iss the App's id, alive for ten minutes at
// most (docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App").
func (h *Hub) authenticateApp(jwt string) (actor, error) {
	undecodable := fail(http.StatusUnauthorized, "A JSON web token could not be decoded")
	parts := strings.Split(jwt, ".")
	var header struct {
		Alg string `json:"alg"`
	}
	var claims struct {
		Issuer  json.RawMessage `json:"iss"`
		Issued  *float64        `json:"iat"`
		Expires *float64        `json:"exp"`
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !unpack(parts[0], &header) || !unpack(parts[1], &claims) || header.Alg != "RS256" {
		return actor{}, undecodable
	}
	id, err := strconv.ParseInt(strings.Trim(string(claims.Issuer), `"`), 10, 64)
	if err != nil {
		return actor{}, fail(http.StatusUnauthorized, "'Issuer' claim ('iss') must be an Integer")
	}
	h.mu.RLock()
	a := h.apps[id]
	h.mu.RUnlock()
	if a == nil {
		return actor{}, fail(http.StatusNotFound, "Integration not found")
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(&a.spec.Key.PublicKey, crypto.SHA256, digest[:], signature) != nil {
		return actor{}, undecodable
	}
	now := float64(h.opt.Now().Unix())
	switch {
	case claims.Expires == nil || *claims.Expires <= now:
		return actor{}, fail(http.StatusUnauthorized,
			"'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires")
	case *claims.Expires > now+600+5: // GitHub allows a few seconds between clocks
		return actor{}, fail(http.StatusUnauthorized, "'Expiration time' claim ('exp') is too far in the future")
	case claims.Issued == nil || *claims.Issued > now+60:
		return actor{}, fail(http.StatusUnauthorized,
			"'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
	}
	return actor{app: a, key: "app " + strconv.FormatInt(id, 10)}, nil
}

func unpack(part string, v any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(raw, v) == nil
}

// sees reports whether the actor may know that the repository exists.
func (h *Hub) sees(a actor, r *repository) bool {
	switch {
	case !r.private:
		return true
	case a.user != nil:
		return h.role(r, a.user) > 0
	case a.inst != nil:
		return a.reaches(r)
	}
	return false
}

// reaches reports whether an installation token covers the repository.
func (a actor) reaches(r *repository) bool {
	return a.inst != nil && a.inst.covers(r) && (a.token.repos == nil || a.token.repos[r.id])
}

var errNotByIntegration = &apiError{Status: http.StatusForbidden, Message: "Resource not accessible by integration"}

// may checks one permission, "name:level", for an installation and a role for a user. What anybody may read in a public
// repository needs no permission.
func (h *Hub) may(a actor, r *repository, need, role string) error {
	name, level, _ := strings.Cut(need, ":")
	if a.inst != nil {
		if level == "read" && !r.private && name != "administration" {
			return nil
		}
		if !a.reaches(r) || rank(a.token.permissions[name]) < rank(level) {
			return errNotByIntegration
		}
		return nil
	}
	if role == "" {
		role = level
	}
	if rank(role) <= rank("read") && (a.user != nil || level == "read") {
		return nil // sees has been asked already
	}
	if a.user == nil {
		return fail(http.StatusUnauthorized, "Requires authentication")
	}
	if h.role(r, a.user) < rank(role) {
		return fail(http.StatusForbidden, "Must have %s access to the repository.", role)
	}
	return nil
}

// account is who did it, for payloads and authorship: the user, or the App's bot.
func (a actor) account() *account {
	switch {
	case a.user != nil:
		return a.user
	case a.inst != nil:
		return a.inst.app.bot
	case a.app != nil:
		return a.app.bot
	}
	return nil
}

// canPush reports whether the actor may see what only people with write access see, such as merge settings.
func (h *Hub) canPush(a actor, r *repository) bool {
	if a.inst != nil {
		return a.reaches(r) && rank(a.token.permissions["contents"]) >= rank("write")
	}
	return h.role(r, a.user) >= rank("write")
}

func (a actor) installationID() int64 {
	if a.inst != nil {
		return a.inst.id
	}
	return 0
}
