package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// list is one look at a resource.
type list struct {
	Metadata struct {
		Version string `json:"resourceVersion"`
	} `json:"metadata"`
	Items []json.RawMessage `json:"items"`
}

// event is one line of a watch.
type event struct {
	Type   string          `json:"type"`
	Object json.RawMessage `json:"object"`
}

// maxEvent is the most that one object of a watch may hold; the store of a cluster takes no larger ones.
const maxEvent = 4 << 20

// watchFor is how long one watch lasts before all is listed anew.
const watchFor = 4 * time.Minute

// Follow calls see with each state of the object that a selector finds, until see says that it is done, the context ends,
// or the cluster refuses. See gets nil where there is none, and is called at once with what is there. A watch that breaks
// off is taken up again. The error is that of the context, of see, or what the cluster said last.
func (c *Client) Follow(
	ctx context.Context,
	path string,
	selector url.Values,
	see func(json.RawMessage) (done bool, err error),
) error {
	failures := 0
	for {
		began := time.Now()
		done, err := c.look(ctx, path, selector, see)
		if seen, ok := errors.AsType[*seenError](err); ok {
			return seen.err
		}
		if done {
			return nil
		}
		if ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if Is(err, http.StatusForbidden) || Is(err, http.StatusUnauthorized) {
			return err
		}
		if time.Since(began) > time.Minute {
			failures = 0
		}
		if failures++; err != nil && failures > maxFailures {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(firstWait):
		}
	}
}

// maxFailures is how often in a row a watch may break off before the cluster counts as lost: each follows several tries.
const maxFailures = 20

// seenError carries an error of see through the reading of a stream.
type seenError struct{ err error }

func (s *seenError) Error() string { return s.err.Error() }

// look lists once and then watches until the watch ends.
func (c *Client) look(
	ctx context.Context,
	path string,
	selector url.Values,
	see func(json.RawMessage) (bool, error),
) (bool, error) {
	var all list
	if err := c.Get(ctx, path, selector, &all); err != nil {
		return false, err
	}
	tell := func(object json.RawMessage) (bool, error) {
		done, err := see(object)
		if err != nil {
			return done, &seenError{err}
		}
		return done, nil
	}
	if len(all.Items) == 0 {
		if done, err := tell(nil); done || err != nil {
			return done, err
		}
	}
	for _, item := range all.Items {
		if done, err := tell(item); done || err != nil {
			return done, err
		}
	}
	query := url.Values{"watch": {"true"}, "resourceVersion": {all.Metadata.Version},
		"timeoutSeconds": {strconv.Itoa(int(watchFor.Seconds()))}}
	for name, values := range selector {
		query[name] = values
	}
	ctx, cancel := context.WithTimeout(ctx, watchFor+30*time.Second)
	defer cancel()
	answer, err := c.send(ctx, http.MethodGet, path, query, nil, nil)
	if err != nil {
		return false, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return false, status(answer)
	}
	return events(answer.Body, tell)
}

// events reads a watch to its end. An end is no error: all is listed anew.
func events(body io.Reader, tell func(json.RawMessage) (bool, error)) (bool, error) {
	limited := &io.LimitedReader{R: body, N: maxEvent}
	lines := json.NewDecoder(limited)
	for {
		var e event
		if err := lines.Decode(&e); err != nil {
			if limited.N <= 0 {
				return false, fmt.Errorf("watch the cluster: one object is larger than %d MiB", maxEvent>>20)
			}
			return false, nil // a watch that breaks off is taken up again by a list
		}
		limited.N = maxEvent
		var done bool
		var err error
		switch e.Type {
		case "ADDED", "MODIFIED":
			done, err = tell(e.Object)
		case "BOOKMARK":
		default:
			return false, nil // DELETED: a list says what is left. ERROR: what was listed is too old
		}
		if done || err != nil {
			return done, err
		}
	}
}
