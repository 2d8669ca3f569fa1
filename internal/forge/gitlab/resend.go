package gitlab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
)

// How a go through the log of a webhook is bounded.
const (
	// lostFor is how old a delivery may be: comments of yesterday are answered no more.
	lostFor = 6 * time.Hour
	// lostPages of lostPage entries are read: each has its body with it.
	lostPages, lostPage = 5, 20
	// resendsAtOnce stays below GitLab's limit of five a minute for a webhook and a user.
	resendsAtOnce = 4
	// resendTries is how often one delivery may have failed, its first time among them.
	resendTries = 3
)

// Marks remember single values across restarts; a value that was never set is empty.
type Marks interface {
	Mark(ctx context.Context, name string) (string, error)
	SetMark(ctx context.Context, name, value string) error
}

// Resends is one go through the logs of webhooks. GitLab never sends a delivery again by itself, but it keeps for seven days
// what came of each, and sends one again when a Maintainer asks (GitLab 17.4). Merge requests and pipelines are found by
// polling; this finds the comments, reactions, deployments and releases among what was lost. It is for one goroutine.
// https://docs.gitlab.com/api/project_webhooks/#resend-a-project-webhook-event
type Resends struct {
	// Forge is a Maintainer, or an Owner for the webhooks of groups; another finds nothing.
	Forge *Forge
	// Address is where the webhook sends.
	Address string
	Marks   Marks
	looked  map[string]bool
}

// Of has GitLab send again what the webhook of a project, or of a group above it, could not deliver in the last hours, oldest
// first and a few at once: asked says how many. One that failed three times is given up, and the first that fails again ends
// the go, since failures in a row make GitLab disable a webhook. Nothing is sent again where the log is not shown, where the
// webhook is disabled, and where our answer was a refusal, which would be the same.
func (r *Resends) Of(ctx context.Context, repo change.Repository) (asked int, err error) {
	h, _, err := r.Forge.hookTo(ctx, repo, strings.TrimSuffix(r.Address, "/"))
	if err != nil || h == nil || !h.working() || r.looked[h.at] {
		return 0, err
	}
	if r.looked == nil {
		r.looked = map[string]bool{}
	}
	r.looked[h.at] = true // that of a group is the webhook of many projects
	mark := "gitlab-resent/" + h.at
	text, err := r.Marks.Mark(ctx, mark)
	if err != nil {
		return 0, err
	}
	before, _ := strconv.ParseInt(text, 10, 64) // no mark yet is 0
	failed, shown, err := r.Forge.undelivered(ctx, h.at, before)
	if err != nil || !shown || len(failed) == 0 {
		return 0, err
	}
	asked, upto, err := r.Forge.resend(ctx, h.at, before, failed)
	if upto > before {
		err = errors.Join(err, r.Marks.SetMark(ctx, mark, strconv.FormatInt(upto, 10)))
	}
	return asked, err
}

// sent is one entry of a webhook's log.
type sent struct {
	ID      int64          `json:"id"`
	Headers map[string]any `json:"request_headers"`
	// At is absent in some versions.
	At time.Time `json:"created_at"`
}

// key is the same for all attempts of one delivery.
func (s sent) key() string {
	for name, value := range s.Headers {
		if text, ok := value.(string); ok && text != "" && strings.EqualFold(name, "Idempotency-Key") {
			return text
		}
	}
	return strconv.FormatInt(s.ID, 10)
}

// failures asks for the deliveries that our side did not answer, or answered with an error of its own.
type failures struct {
	Status  string `url:"status"`
	PerPage int    `url:"per_page"`
	Page    int    `url:"page"`
}

func (f *Forge) failures(ctx context.Context, hook string, page, perPage int) (list []sent, err error) {
	return list, f.readJSON(ctx, hook+"/events", failures{"server_failure", perPage, page}, &list)
}

// undelivered are the failed deliveries of the last hours, oldest first, with those before that a look dealt with already:
// they count as attempts. It is not shown to everybody.
func (f *Forge) undelivered(ctx context.Context, hook string, before int64) (failed []sent, shown bool, err error) {
	for page := 1; page <= lostPages; page++ {
		list, err := f.failures(ctx, hook, page, lostPage)
		if hidden(err) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, f.answer("read the log of a webhook", err)
		}
		old := false
		for _, s := range list {
			if !s.At.IsZero() && f.o.Now().Sub(s.At) > lostFor {
				old = true
				continue
			}
			old = old || s.ID <= before
			failed = append(failed, s)
		}
		if old || len(list) < lostPage {
			break
		}
	}
	slices.SortFunc(failed, func(a, b sent) int { return cmp.Compare(a.ID, b.ID) })
	return failed, true, nil
}

// resend asks for deliveries again; upto is the newest that needs no further look.
func (f *Forge) resend(ctx context.Context, hook string, before int64, failed []sent) (asked int, upto int64, err error) {
	tries, arrived := map[string]int{}, map[string]bool{}
	for _, s := range failed {
		tries[s.key()]++
	}
	upto = before
	for _, s := range failed {
		if s.ID <= before {
			continue
		}
		if key := s.key(); !arrived[key] && tries[key] < resendTries {
			if asked == resendsAtOnce {
				return asked, upto, nil
			}
			ok, err := f.resendOne(ctx, hook, s.ID)
			if err != nil || !ok {
				return asked, upto, err
			}
			asked, arrived[key] = asked+1, true
		}
		upto = s.ID
	}
	return asked, upto, nil
}

// resendOne has GitLab send one delivery again, which waits for our answer. It is ok when nothing is left to do: it arrived,
// we refused it, or the log has it no more. It is not when we failed again, and when GitLab does not send it.
func (f *Forge) resendOne(ctx context.Context, hook string, id int64) (ok bool, err error) {
	req, err := f.client.NewRequest(http.MethodPost, fmt.Sprintf("%s/events/%d/resend", hook, id), nil,
		[]gitlab.RequestOptionFunc{within(ctx)})
	if err != nil {
		return false, fmt.Errorf("send a delivery again: %w", err)
	}
	var answer struct {
		Status any `json:"response_status"`
	}
	_, err = f.client.Do(req, &answer)
	if status(err) == http.StatusNotFound {
		return true, nil
	}
	if hidden(err) || status(err) == http.StatusUnprocessableEntity {
		return false, nil
	}
	got := fmt.Sprint(answer.Status)
	return strings.HasPrefix(got, "2") || strings.HasPrefix(got, "4"), f.answer("send a delivery again", err)
}

const (
	whatLog = "log of the webhook"
	alone   = ": changes that did not arrive are found by sweeps alone, and comments are not found"
)

// log says whether what the webhook could not deliver is sent again.
func (x *examination) log(ctx context.Context, h *webhook) error {
	_, err := x.eye.failures(ctx, h.at, 1, 1)
	switch {
	case isMissing(err):
		x.good(whatLog, "GitLab shows it from 17.4 on"+alone)
		return nil
	case hidden(err):
		x.good(whatLog, "it is shown to Maintainers alone (gitlab.maintainer_token_file)"+alone)
		return nil
	case err != nil:
		return x.answer("read the "+whatLog, err)
	}
	t, _, err := x.eye.client.PersonalAccessTokens.GetSinglePersonalAccessToken(within(ctx))
	if err == nil && !slices.Contains(t.Scopes, "api") {
		x.good(whatLog, "the Maintainer's token may not have deliveries sent again, which takes the scope api"+alone)
		return nil
	}
	x.good(whatLog, "what did not arrive is sent again, for six hours")
	return nil
}
