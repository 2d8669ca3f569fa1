package github

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/google/go-github/v66/github"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
)

// answer turns a client's error into the words of package change, so that the queue knows what to do with it.
func (f *Forge) answer(doing string, err error) error {
	if err == nil {
		return nil
	}
	if kind := f.kind(err); kind != nil {
		return fmt.Errorf("%s: %w", doing, kind)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// goneIfMissing is answer for a request to the address of the change, its repository or the installation itself: what
// is missing there is gone.
func (f *Forge) goneIfMissing(doing string, err error) error {
	if r := responded(err); r != nil && missing(r.StatusCode) && byGitHub(r) { //nolint:bodyclose // the client has read and closed it
		return fmt.Errorf("%s: %w", doing, &change.Gone{What: "GitHub knows no such thing, or hides it from the App", Err: err})
	}
	return f.answer(doing, err)
}

// missing reports whether a status says that there is nothing: not found, gone, or taken down.
func missing(status int) bool {
	return status == http.StatusNotFound || status == http.StatusGone || status == http.StatusUnavailableForLegalReasons
}

// byGitHub reports whether GitHub gave an answer, and not something on the way to it, or another program at a wrong
// address: each of its answers has an id.
func byGitHub(r *http.Response) bool { return r.Header.Get("X-GitHub-Request-Id") != "" }

// responded is the answer behind a client's error, nil when there was none.
func responded(err error) *http.Response {
	var response *github.ErrorResponse
	if errors.As(err, &response) {
		return response.Response
	}
	return nil
}

// kind is nil for a fault that passes.
func (f *Forge) kind(err error) error {
	var primary *github.RateLimitError
	if errors.As(err, &primary) {
		return &change.Limited{Until: primary.Rate.Reset.Time, Kind: "primary"}
	}
	var secondary *github.AbuseRateLimitError
	if errors.As(err, &secondary) {
		wait := time.Minute // GitHub asks for at least a minute when it does not say
		if secondary.RetryAfter != nil {
			wait = *secondary.RetryAfter
		}
		return &change.Limited{Until: f.Now().Add(wait), Kind: "secondary"}
	}
	var away *foreignAddress
	if errors.As(err, &away) {
		return &change.Unread{What: "the answer to a request leads to another address than the API's, where our token is not sent",
			Remedy: "check github.api_url: it must be the address that GitHub answers itself at", Err: away}
	}
	var token *ghinstallation.HTTPError
	if errors.As(err, &token) && token.Response != nil {
		read := github.CheckResponse(token.Response)
		_ = token.Response.Body.Close() // ghinstallation leaves it open
		if errors.As(read, &secondary) {
			return f.kind(secondary)
		}
		return f.tokenKind(token)
	}
	if r := responded(err); r != nil { //nolint:bodyclose // the client has read and closed it
		return f.statusKind(r, err)
	}
	return nil
}

// tokenKind reads the answer to a request for an installation's token.
func (f *Forge) tokenKind(e *ghinstallation.HTTPError) error {
	r := e.Response
	if limited := f.limited(r); limited != nil {
		return limited
	}
	switch {
	case r.StatusCode == http.StatusUnauthorized:
		return &change.Unread{
			What:   "GitHub does not accept the App's key",
			Remedy: "check github.app_id and github.private_key_file, and this machine's clock",
			Err:    e,
		}
	case (missing(r.StatusCode) || r.StatusCode == http.StatusForbidden) && byGitHub(r):
		return &change.Gone{What: "the App is no longer installed here, or suspended", Err: e}
	case missing(r.StatusCode):
		return f.notGitHub(e)
	}
	return nil
}

// statusKind reads every other answer by its status.
func (f *Forge) statusKind(r *http.Response, err error) error {
	if limited := f.limited(r); limited != nil {
		return limited
	}
	switch {
	case r.StatusCode == http.StatusUnauthorized && byApp(r):
		return &change.Unread{
			What:   "GitHub does not accept the App's key",
			Remedy: "check github.app_id and github.private_key_file, and this machine's clock",
			Err:    err,
		}
	case r.StatusCode == http.StatusUnauthorized:
		return &change.Unread{
			What:   "GitHub does not accept our token, nor a new one",
			Remedy: "check github.app_id and github.private_key_file",
			Err:    err,
		}
	case r.StatusCode == http.StatusForbidden:
		return &change.Refused{
			Kind:   refusal.Permission,
			What:   "GitHub refuses this to the App",
			Remedy: "run \"lintel doctor github\": a permission is missing or not yet accepted",
			Err:    err,
		}
	case missing(r.StatusCode) && !byGitHub(r):
		return f.notGitHub(err)
	case missing(r.StatusCode):
		return &change.Unread{What: "GitHub does not show one thing that this change consists of",
			Remedy: "if it stays so, run \"lintel doctor github\", and check that the App may see the repository", Err: err}
	case r.StatusCode == http.StatusUnprocessableEntity || r.StatusCode == http.StatusBadRequest:
		return &change.Refused{
			Kind:   refusal.BadRequest,
			What:   "GitHub does not accept what we sent",
			Remedy: "this is a fault of Lintel: please report it with the log line",
			Err:    err,
		}
	}
	return nil
}

// notGitHub is the error for an answer that does not come from a GitHub API.
func (f *Forge) notGitHub(err error) error {
	return &change.Unread{What: f.APIURL + " answers like no GitHub API",
		Remedy: "check github.api_url: it is https://api.github.com, or https://HOST/api/v3 for Enterprise Server, and " +
			"not the address of the pages", Err: err}
}

// byApp reports whether a request was made by the App itself, with its key, and not for an installation.
func byApp(r *http.Response) bool { return r.Request != nil && signedByApp(r.Request) }

func signedByApp(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ")
}

// limited reads a rate limit off an answer that the client did not take for one: it knows 403 alone, and GitHub answers 429 as well.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
func (f *Forge) limited(r *http.Response) *change.Limited {
	if r.StatusCode != http.StatusTooManyRequests && r.StatusCode != http.StatusForbidden {
		return nil
	}
	if seconds, err := strconv.Atoi(r.Header.Get("Retry-After")); err == nil && seconds >= 0 {
		return &change.Limited{Until: f.Now().Add(time.Duration(seconds) * time.Second), Kind: "secondary"}
	}
	if reset, err := strconv.ParseInt(r.Header.Get("X-RateLimit-Reset"), 10, 64); err == nil &&
		r.Header.Get("X-RateLimit-Remaining") == "0" {
		theirs, _ := http.ParseTime(r.Header.Get("Date"))
		return &change.Limited{Until: change.ByClock(time.Unix(reset, 0), theirs, f.Now()), Kind: "primary"}
	}
	if r.StatusCode == http.StatusTooManyRequests {
		return &change.Limited{Until: f.Now().Add(time.Minute), Kind: "secondary"}
	}
	return nil
}

func isStatus(err error, status int) bool {
	r := responded(err) //nolint:bodyclose // the client has read and closed it
	return r != nil && r.StatusCode == status
}

// isMissing reports whether a forge said that there is nothing at an address.
func isMissing(err error) bool {
	r := responded(err) //nolint:bodyclose // the client has read and closed it
	return r != nil && missing(r.StatusCode)
}

// noAncestor reports whether GitHub said that two commits have no ancestor in common. Status and shape of that answer
// are those of every other thing that is not there, so here, at the border, its text is the wire format. Should GitHub
// say it otherwise one day, it is an Unread like others: tried again, then refused.
func noAncestor(err error) bool {
	var response *github.ErrorResponse
	return errors.As(err, &response) && response.Response != nil && response.Response.StatusCode == http.StatusNotFound &&
		strings.HasPrefix(response.Message, "No common ancestor between ")
}

// emptyAnswer is the error of an answer that succeeded and holds nothing of what it must hold: an empty body, or JSON null. It passes.
func emptyAnswer(doing string) error {
	return fmt.Errorf("%s: %w", doing, errEmptyAnswer)
}

var errEmptyAnswer = errors.New("GitHub answered with success and said nothing")
