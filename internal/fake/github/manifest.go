package github

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// manifestLife is how long a code can be exchanged.
// https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
const manifestLife = time.Hour

// manifestCode is an App that was made from a manifest and whose key nobody has fetched yet.
type manifestCode struct {
	app  *app
	made time.Time
}

// manifest is the form's field of this name.
type manifest struct {
	Name        string `json:"name"`
	URL         string `json:"url"`
	Description string `json:"description"`
	Hook        struct {
		URL    string `json:"url"`
		Active *bool  `json:"active"`
	} `json:"hook_attributes"`
	RedirectURL   string            `json:"redirect_url"`
	CallbackURLs  []string          `json:"callback_urls"`
	SetupURL      string            `json:"setup_url"`
	Public        bool              `json:"public"`
	Permissions   map[string]string `json:"default_permissions"`
	Events        []string          `json:"default_events"`
	OnInstall     bool              `json:"request_oauth_on_install"`
	SetupOnUpdate bool              `json:"setup_on_update"`
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// serveManifest answers the form that registers an App: it makes the App and sends the browser back with a code. GitHub
// asks the person for the name first; here the manifest's is taken.
func (h *Hub) serveManifest(w http.ResponseWriter, r *http.Request, owner string) {
	m, back, why := readManifest(r)
	if why != "" {
		http.Error(w, "This manifest cannot be used: "+why, http.StatusUnprocessableEntity)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	account := h.accounts[lower(owner)]
	if account == nil {
		http.NotFound(w, r)
		return
	}
	slug := strings.Trim(notSlug.ReplaceAllString(lower(m.Name), "-"), "-")
	for _, a := range h.apps {
		if a.spec.Slug == slug {
			http.Error(w, "Name is already taken", http.StatusUnprocessableEntity)
			return
		}
	}
	spec := AppSpec{
		ID:          h.id(),
		Key:         h.opt.Key,
		Slug:        slug,
		Name:        m.Name,
		Owner:       account.login,
		WebhookURL:  m.Hook.URL,
		Permissions: m.Permissions,
		Events:      m.Events,
	}
	if err := spec.fill(); err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	a := h.addApp(spec)
	a.owner = account
	code := random(20)
	h.manifests[code] = manifestCode{a, h.opt.Now()}
	q := back.Query()
	q.Set("code", code)
	if state := r.URL.Query().Get("state"); state != "" {
		q.Set("state", state)
	}
	back.RawQuery = q.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

// readManifest reads the form and gives the address to send the browser to, or why it cannot be used.
func readManifest(r *http.Request) (m manifest, back *url.URL, why string) {
	r.Body = http.MaxBytesReader(nil, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		return m, nil, err.Error()
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(r.PostForm.Get("manifest"))))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return m, nil, err.Error()
	}
	back, err := url.Parse(m.RedirectURL)
	switch {
	case m.URL == "":
		return m, nil, "url is missing"
	case m.Name == "" || len(m.Name) > 34:
		return m, nil, "name must have 1 to 34 characters"
	case m.Hook.URL == "":
		return m, nil, "hook_attributes.url is missing"
	case err != nil || back.Host == "":
		return m, nil, "redirect_url is no address"
	}
	return m, back, ""
}

// postConversion gives the App of a code, with its key and secrets: once, and within an hour.
func (h *Hub) postConversion(c *call) (any, error) {
	code := c.params["code"]
	made, ok := h.manifests[code]
	delete(h.manifests, code)
	if !ok || h.opt.Now().Sub(made.made) > manifestLife {
		return nil, errNotFound
	}
	out, _ := h.application(made.app).(object)
	out["client_secret"], out["webhook_secret"] = random(20), made.app.spec.WebhookSecret
	out["pem"] = string(made.app.spec.PEM())
	return created(out), nil
}

// manifestOwner gives whose App a form registers: /organizations/acme/settings/apps/new the organisation's. For a
// person's own, GitHub takes whoever is signed in; here it is the first of the people.
func (h *Hub) manifestOwner(r *http.Request, parts []string) (owner string, ok bool) {
	if r.Method != http.MethodPost || len(parts) < 3 || strings.Join(parts[len(parts)-3:], "/") != "settings/apps/new" {
		return "", false
	}
	if len(parts) == 5 && parts[0] == "organizations" {
		return parts[1], true
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, a := range h.accounts {
		if a.kind == "User" && (owner == "" || a.login < owner) {
			owner = a.login
		}
	}
	return owner, len(parts) == 3
}
