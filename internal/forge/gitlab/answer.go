package gitlab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
)

// within is the option that every call of the client takes: without it a call has no end.
func within(ctx context.Context) gitlab.RequestOptionFunc { return gitlab.WithContext(ctx) }

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

// goneIfMissing is answer for a request to the address of the merge request or the project itself: what is missing there
// is gone.
func (f *Forge) goneIfMissing(doing string, err error) error {
	if isMissing(err) {
		return fmt.Errorf("%s: %w", doing, &change.Gone{What: "GitLab knows no such thing, or hides it from Lintel's user", Err: err})
	}
	return f.answer(doing, err)
}

// isMissing reports whether GitLab said that there is nothing at an address.
func isMissing(err error) bool {
	return status(err) == http.StatusNotFound || status(err) == http.StatusGone
}

// responded is the answer behind a client's error, nil when there was none.
func responded(err error) *http.Response {
	var response *gitlab.ErrorResponse
	if errors.As(err, &response) {
		return response.Response
	}
	return nil
}

// status is that of the answer behind an error, 0 when there was none. The client has an error of its own for 404.
func status(err error) int {
	var response *gitlab.ErrorResponse
	if errors.As(err, &response) {
		return response.StatusCode
	}
	if errors.Is(err, gitlab.ErrNotFound) {
		return http.StatusNotFound
	}
	return 0
}

// saying reports whether GitLab refused with a status, and with a word in its message. Some refusals differ by
// no more: here, at the border, that is the wire format.
func saying(err error, code int, words ...string) bool {
	var response *gitlab.ErrorResponse
	if !errors.As(err, &response) || response.StatusCode != code {
		return false
	}
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(response.Message, word) })
}

// kind is nil for a fault that passes.
func (f *Forge) kind(err error) error {
	var away *foreignAddress
	if errors.As(err, &away) {
		return &change.Unread{What: "the answer to a request leads to another address than GitLab's, where our token is not sent",
			Remedy: "check gitlab.url: it must be the address that GitLab answers itself at", Err: away}
	}
	switch status(err) {
	case http.StatusTooManyRequests:
		return f.limited(err)
	case http.StatusUnauthorized:
		return &change.Unread{What: "GitLab does not accept our token",
			Remedy: "check gitlab.token_file; a token that ended is rotated, which keeps its user, and not made anew", Err: err}
	case http.StatusForbidden:
		return &change.Refused{Kind: refusal.Permission, What: "GitLab refuses this to Lintel's user",
			Remedy: "give its token the scope api, and its user the role Developer on the project", Err: err}
	case http.StatusNotFound, http.StatusGone:
		return &change.Unread{What: "GitLab does not show one thing that this change consists of",
			Remedy: "if it stays so, check that Lintel's user may see the project", Err: err}
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return &change.Refused{Kind: refusal.BadRequest, What: "GitLab does not accept what we sent",
			Remedy: "this is a fault of Lintel: please report it with the log line", Err: err}
	}
	return nil
}

// limited reads how long a rate limit lasts. Some of GitLab's limits say nothing of it: then a minute, for which nearly
// all of them count.
// https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/
func (f *Forge) limited(err error) error {
	until := f.o.Now().Add(time.Minute)
	if r := responded(err); r != nil { //nolint:bodyclose // the client has read and closed it
		if seconds, err := strconv.Atoi(r.Header.Get("Retry-After")); err == nil && seconds >= 0 {
			until = f.o.Now().Add(time.Duration(seconds) * time.Second)
		} else if reset, err := strconv.ParseInt(r.Header.Get("RateLimit-Reset"), 10, 64); err == nil && reset > 0 {
			theirs, _ := http.ParseTime(r.Header.Get("Date"))
			until = change.ByClock(time.Unix(reset, 0), theirs, f.o.Now())
		}
	}
	return errors.Join(&change.Limited{Until: until, Kind: "primary"}, err)
}

// emptyAnswer is the error of an answer that succeeded and holds nothing of what it must hold. It passes.
func emptyAnswer(doing string) error { return fmt.Errorf("%s: %w", doing, errEmptyAnswer) }

var errEmptyAnswer = errors.New("GitLab answered with success and said nothing")

// pages follows the pages of a list. Totals vanish above 10,000 records, so only the next page counts.
func pages[T any](ask func(option ...gitlab.RequestOptionFunc) ([]T, *gitlab.Response, error)) (all []T, err error) {
	var next []gitlab.RequestOptionFunc
	for {
		list, resp, err := ask(next...)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		more, ok := gitlab.WithNext(resp)
		if !ok || len(list) == 0 {
			return all, nil
		}
		next = []gitlab.RequestOptionFunc{more}
	}
}

// readJSON reads an answer that the client has no struct for. The options are of the client's kind; nil has none.
func (f *Forge) readJSON(ctx context.Context, path string, options, into any) error {
	req, err := f.client.NewRequest(http.MethodGet, path, options, []gitlab.RequestOptionFunc{within(ctx)})
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	w := &bounded{left: maxAnswer}
	if _, err := f.client.Do(req, w); err != nil {
		return err
	}
	if err := json.Unmarshal(w.buf.Bytes(), into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}
