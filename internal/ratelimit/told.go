package ratelimit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

const (
	core    = "core"
	graphql = "graphql"
)

// resourceOf is the limit that a request counts for.
func resourceOf(forge change.Forge, req *http.Request) string {
	if forge == change.GitHub && strings.HasSuffix(req.URL.Path, "/graphql") {
		return graphql
	}
	return core
}

// points is what a request counts for at the most. GitHub counts GraphQL by the lists that a query asks for, and a look
// asks for two points' worth; the back-fill's dearer queries stop before anything is leased.
// https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
func points(forge change.Forge, resource string) int {
	if forge == change.GitHub && resource == graphql {
		return 2
	}
	return 1
}

// told learns from an answer, and notes at once when the forge refused the request.
func (l *Limits) told(ctx context.Context, k key, resource string, resp *http.Response) {
	now := l.o.Now()
	q, ok := quotaOf(k.forge, resource, resp.Header, l.o.Now())
	ok = ok && q.Current(now)
	paused := refused(k.forge, resp, now)
	if paused != nil && paused.Over(now) {
		paused = nil
	}
	// One of GitHub's primary limits that is used up is no pause: the others have requests left.
	usedUp := paused != nil && k.forge == change.GitHub && paused.Kind == "primary" && ok
	l.mu.Lock()
	if ok {
		known := l.learn(k, q)
		if known.worthNoting(now) || usedUp {
			known.news = true
			l.noteLater()
		}
		if known.Left == 0 {
			known.leased = 0
		}
	}
	if c := l.known(k); paused != nil && !usedUp && (c.paused.Over(now) || paused.Until.After(c.paused.Until)) {
		c.paused, c.untold = *paused, true
	}
	l.mu.Unlock()
	if paused == nil {
		return
	}
	// The answer stands, and whoever asked does not wait for a record that hangs: it is told with the next note.
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWithin)
	defer cancel()
	if err := l.Note(within); err != nil {
		l.mu.Lock()
		l.noteLater() // the note that was waited for may end well, and says nothing of this pause
		l.mu.Unlock()
		l.o.Log.WarnContext(ctx, "other processes do not know yet that the forge limits our requests; the next note tries again",
			"error", err.Error())
	}
}

// noteWithin is how long a request waits for the record to take what its answer told.
const noteWithin = 5 * time.Second

// quotaOf reads what an answer tells of a limit.
func quotaOf(forge change.Forge, resource string, h http.Header, now time.Time) (q change.Quota, ok bool) {
	prefix := "X-RateLimit-"
	if forge == change.GitLab {
		prefix = "RateLimit-"
		// Limits of single endpoints say nothing of the others.
		if name := h.Get("RateLimit-Name"); name != "" && name != gitlabAPI {
			return q, false
		}
		resource = core
	} else if named := h.Get("X-RateLimit-Resource"); named != "" {
		resource = named
	}
	allowed, err1 := strconv.Atoi(h.Get(prefix + "Limit"))
	left, err2 := strconv.Atoi(h.Get(prefix + "Remaining"))
	reset, err3 := strconv.ParseInt(h.Get(prefix+"Reset"), 10, 64)
	if errors.Join(err1, err2, err3) != nil {
		return q, false
	}
	return change.Quota{Resource: resource, Allowed: allowed, Left: max(left, 0), Reset: byOurs(reset, h, now)}, true
}

// byOurs is a moment of the forge's clock by ours.
func byOurs(reset int64, h http.Header, now time.Time) time.Time {
	theirs, _ := http.ParseTime(h.Get("Date"))
	return change.ByClock(time.Unix(reset, 0), theirs, now)
}

// gitlabAPI is GitLab's name for the limit on all of a user's requests.
// https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/
const gitlabAPI = "throttle_authenticated_api"

// refused reads from an answer until when the forge takes no request of the connection; nil when it does not say that.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
func refused(forge change.Forge, resp *http.Response, now time.Time) *change.Limited {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusForbidden {
		return nil
	}
	h := resp.Header
	if forge == change.GitLab {
		named := h.Get("RateLimit-Name")
		told := resp.StatusCode == http.StatusTooManyRequests && (named == "" || named == gitlabAPI)
		if after, ok := retryAfter(h); told && ok {
			return &change.Limited{Until: now.Add(after), Kind: "primary"}
		}
		return nil
	}
	if after, ok := retryAfter(h); ok {
		return &change.Limited{Until: now.Add(after), Kind: "secondary"}
	}
	if reset, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil && h.Get("X-RateLimit-Remaining") == "0" {
		return &change.Limited{Until: byOurs(reset, h, now), Kind: "primary"}
	}
	if resp.StatusCode == http.StatusTooManyRequests || secondary(resp) {
		return &change.Limited{Until: now.Add(time.Minute), Kind: "secondary"}
	}
	return nil
}

// retryAfter is how long a forge wants to be left alone. More than any limit lasts is cut to that: then it is asked again.
func retryAfter(h http.Header) (time.Duration, bool) {
	seconds, err := strconv.ParseInt(h.Get("Retry-After"), 10, 64)
	if err != nil || seconds < 0 {
		return 0, false
	}
	return time.Duration(min(seconds, int64(change.LongestLimit/time.Second))) * time.Second, true
}

// maxRefusal bounds what is read of a refusal.
const maxRefusal = 64 << 10

// secondary reports whether a refusal without a word in its header is GitHub's secondary limit: then its body says so.
func secondary(resp *http.Response) bool {
	if resp.Body == nil {
		return false
	}
	head, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
	rest := resp.Body
	var broken io.Reader = rest
	if err != nil {
		broken = failing{fmt.Errorf("read a refusal: %w", err)}
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), broken), rest}
	var message struct {
		Documentation string `json:"documentation_url"`
	}
	if json.Unmarshal(head, &message) != nil {
		return false // a refusal of another form is none of this
	}
	return strings.HasSuffix(message.Documentation, "secondary-rate-limits") ||
		strings.HasSuffix(message.Documentation, "#abuse-rate-limits")
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// noteLater has what was told noted soon. It is called with the lock held.
func (l *Limits) noteLater() {
	if l.timer != nil || l.closed {
		return
	}
	l.timer = time.AfterFunc(l.o.Every, func() {
		if err := l.Note(context.Background()); err != nil {
			l.o.Log.Warn("what is left of the forge's limits is not noted; the next note tries again", "error", err.Error())
		}
	})
}

// Note notes now what was told since the last time, and learns what other processes were told.
func (l *Limits) Note(ctx context.Context) error {
	select {
	case l.noting <- struct{}{}:
		defer func() { <-l.noting }()
	case <-ctx.Done():
		return fmt.Errorf("note what forges told: %w", ctx.Err())
	}
	type item struct {
		key  key
		told change.Quota
		// until is set for a pause.
		until time.Time
	}
	var all []item
	l.mu.Lock()
	l.timer = nil
	for k, c := range l.of {
		if c.untold {
			all = append(all, item{key: k, until: c.paused.Until})
			c.untold = false
		}
		for _, q := range c.quotas {
			if q.news {
				all = append(all, item{key: k, told: q.Quota})
				q.news, q.noted = false, q.Quota
			}
		}
	}
	l.mu.Unlock()
	var errs []error
	for _, i := range all {
		known := i.told
		var err error
		if i.until.IsZero() {
			known, err = l.o.Record.NoteQuota(ctx, i.key.forge, i.key.id, i.told)
		} else {
			err = l.o.Record.PauseRequests(ctx, i.key.forge, i.key.id, i.until)
		}
		l.mu.Lock()
		switch c := l.known(i.key); {
		case err != nil:
			errs = append(errs, err)
			if i.until.IsZero() {
				c.quotas[i.told.Resource].news = true
			} else {
				c.untold = true
			}
			l.noteLater()
		case i.until.IsZero():
			l.learn(i.key, known)
		}
		l.mu.Unlock()
	}
	return errors.Join(errs...)
}

// Close notes what was told and notes nothing more.
func (l *Limits) Close(ctx context.Context) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	l.closed = true
	if l.timer != nil {
		l.timer.Stop()
	}
	l.mu.Unlock()
	return l.Note(ctx)
}
