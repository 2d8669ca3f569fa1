package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-github/v66/github"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
)

// Reader reads pull requests as a person's token or that of a CI job sees them, through the same reading as the
// server's App. It never writes: a request that could is not sent.
type Reader struct {
	forge *Forge
}

// NewReader makes a reader with a token. It reads nothing. Of the options, the App's are not looked at.
func NewReader(o Options, token string) (*Reader, error) {
	f, err := newForge(o)
	if err != nil {
		return nil, err
	}
	f.Kept = forgetful{}
	f.personal = f.client(&tokenTransport{token: token, host: f.base.Host, graph: f.graph.Path, next: guard{f.Transport, f.base}})
	return &Reader{f}, nil
}

// forgetful keeps nothing: one command reads each thing once.
type forgetful struct{}

func (forgetful) Kept(context.Context, string, string) ([]byte, error) { return nil, nil }
func (forgetful) Keep(context.Context, string, string, []byte) error   { return nil }

// asPerson stands for the installation whose id a reading asks with: a token has none.
const asPerson = 1

// Pull reads a pull request. Errors are *change.Limited, *change.Refused with what the owner of the token can do,
// change.ErrMoved or passing.
func (r *Reader) Pull(ctx context.Context, owner, name string, number int) (change.Snapshot, error) {
	f := r.forge
	repo, _, err := f.personal.Repositories.Get(ctx, owner, name)
	if err != nil {
		return change.Snapshot{}, explainToken(err, f.answer("read the repository", err), owner+"/"+name, "")
	}
	record := change.Record{
		State: change.Open,
		Ref: change.Ref{
			Key:        change.Key{Forge: change.GitHub, RepoID: repo.GetID(), Number: number},
			Connection: asPerson,
			Owner:      repo.GetOwner().GetLogin(),
			Name:       repo.GetName(),
		},
	}
	s, err := f.Snapshot(ctx, record)
	if err != nil {
		return s, explainToken(err, err, owner+"/"+name, fmt.Sprintf("%s/%s#%d", owner, name, number))
	}
	// The server's own verdict decides the merge and is refused where members are hidden from it. A token that may not
	// see them judges the rest.
	for _, g := range s.Gaps {
		if g.Fact == "owners.team" {
			s.Unasked = map[string]string{g.Fact: g.Reason}
		}
	}
	return s, nil
}

// Tree reads what a commit consists of, as Forge.Tree does.
func (r *Reader) Tree(ctx context.Context, ref change.Ref, sha string) (change.Tree, error) {
	return r.forge.Tree(ctx, ref, sha)
}

// explainToken says what the owner of a token can do about an error. pull is empty while only the repository was asked for.
func explainToken(err, answer error, repository, pull string) error {
	var limited *change.Limited
	if errors.As(answer, &limited) || errors.Is(err, change.ErrMoved) {
		return answer
	}
	var gone *change.Gone
	detail := ""
	var response *github.ErrorResponse
	if errors.As(err, &response) && response.Message != "" {
		detail = ": GitHub says " + fmt.Sprintf("%.200q", response.Message)
	}
	switch {
	case isStatus(err, http.StatusUnauthorized):
		return &change.Refused{
			Kind:   refusal.Credentials,
			What:   "GitHub does not accept the token" + detail,
			Remedy: "give one that is valid and has not expired by GH_TOKEN, as \"gh auth token\" prints it",
		}
	case isStatus(err, http.StatusForbidden):
		return &change.Refused{
			Kind: refusal.Permission,
			What: "GitHub refuses " + repository + " to the token" + detail,
			Remedy: "give a token with Contents: read and Pull requests: read on it; where the organisation asks for " +
				"SAML, authorise the token for it"}
	case pull == "" && isMissing(err):
		return &change.Refused{
			Kind:   refusal.NotVisible,
			What:   fmt.Sprintf("there is no repository %s, or the token may not see it", repository),
			Remedy: "check the spelling; for a private repository give a token with Contents: read and Pull requests: read on it"}
	case pull != "" && errors.As(err, &gone):
		return &change.Refused{
			Kind:   refusal.NotVisible,
			What:   fmt.Sprintf("there is no pull request %s, or the token may not see it", pull),
			Remedy: "check the number: an issue is no pull request; the token needs Contents: read and Pull requests: read"}
	}
	return answer
}

// hiddenReason says why members or rights are hidden from a token, and which permission would show them; the forge's own words for an App.
func (rd *reading) hiddenReason(refused *change.Refused) string {
	if rd.personal == nil {
		return refused.What
	}
	return "the token may not see them; a classic token needs the scope read:org, a fine-grained one the organisation's " +
		"permission Members: read, and the GITHUB_TOKEN of a workflow cannot have it"
}

// errWrites is what a request gets that could change something.
var errWrites = errors.New("a reader sends no request that could write")

// tokenTransport puts a token on requests to its own host alone, so that it follows no redirect elsewhere, and sends none that could write.
type tokenTransport struct {
	token, host, graph string
	next               http.RoundTripper
}

func (t *tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := t.reads(req); err != nil {
		return nil, err
	}
	req = req.Clone(req.Context())
	req.Header.Del("Authorization")
	if strings.EqualFold(req.URL.Host, t.host) {
		req.Header.Set("Authorization", "Bearer "+t.token)
	}
	return t.next.RoundTrip(req)
}

// reads refuses all methods but GET and HEAD, and of GraphQL's POST all but queries.
func (t *tokenTransport) reads(req *http.Request) error {
	if req.Method == http.MethodGet || req.Method == http.MethodHead {
		return nil
	}
	if req.Method != http.MethodPost || req.URL.Path != t.graph || !strings.EqualFold(req.URL.Host, t.host) || req.Body == nil {
		return fmt.Errorf("%s %s: %w", req.Method, req.URL.Path, errWrites)
	}
	text, err := io.ReadAll(req.Body)
	if err = errors.Join(err, req.Body.Close()); err != nil {
		return fmt.Errorf("read our own request: %w", err)
	}
	req.Body = io.NopCloser(bytes.NewReader(text))
	var question struct {
		Query string `json:"query"`
	}
	if err := json.Unmarshal(text, &question); err != nil || !strings.HasPrefix(strings.TrimSpace(question.Query), "query ") ||
		strings.Contains(question.Query, "mutation ") {
		return fmt.Errorf("%s %s: %w", req.Method, req.URL.Path, errWrites)
	}
	return nil
}

// PullName is a pull request as people name it.
type PullName struct {
	// Host is empty when only owner/repo#n was said.
	Host, Owner, Name string
	Number            int
}

// ParsePull reads "owner/repo#12" or the address of a pull request's page.
func ParsePull(text string) (PullName, bool) {
	if u, err := url.Parse(text); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil {
		parts := strings.Split(strings.Trim(u.Path, "/"), "/")
		if len(parts) < 4 || parts[2] != "pull" {
			return PullName{}, false
		}
		p, ok := ParsePull(parts[0] + "/" + parts[1] + "#" + parts[3])
		p.Host = u.Host
		return p, ok
	}
	name, number, _ := strings.Cut(text, "#")
	owner, repo, _ := strings.Cut(name, "/")
	n := 0
	for _, c := range number {
		if c < '0' || c > '9' || n > 1<<30 {
			return PullName{}, false
		}
		n = n*10 + int(c-'0')
	}
	return PullName{Owner: owner, Name: repo, Number: n}, n > 0 && isName(owner) && isName(repo)
}

// isName reports whether an account or a repository can be called so: it becomes a part of addresses.
func isName(s string) bool {
	return s != "" && s != "." && s != ".." && len(s) <= 100 && !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.'
	})
}
