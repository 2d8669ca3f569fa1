package gitlab

import (
	"cmp"
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
	"github.com/lintel-review/lintel/internal/sorting"
)

// How a go through the log of a webhook is bounded.
const (
	// lostFor is how old a delivery may be: comments of yesterday are answered no more.
	lostFor = 6 * time.Hour
	// lostPages of lostPage entries are read: each has its body with it.
	lostPages, lostPage = 5, 20
	// resendsAtOnce stays below GitLab's limit of five a minute for a webhook and a user. Goes are resendsPause apart at least.
	resendsAtOnce, resendsPause = 4, time.Minute
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

// Resent is what came of a go through one log.
type Resent struct {
	// Arrived counts the deliveries that GitLab sent again and that we took or refused.
	Arrived int
	// GivenUp says of each delivery that is asked for no more which it is, and why.
	GivenUp []string
}

// Of has GitLab send again what the webhook of a project, or of a group above it, could not deliver in the last hours, oldest
// first and a few in a minute, also across restarts. One that failed three times is given up, and the first that fails again
// ends the go, since failures in a row make GitLab disable a webhook. Nothing is sent again where the log is not shown, where
// the webhook is disabled, and where our answer was a refusal, which would be the same.
func (r *Resends) Of(ctx context.Context, repo change.Repository) (Resent, error) {
	h, _, err := r.Forge.hookTo(ctx, repo, strings.TrimSuffix(r.Address, "/"))
	if err != nil || h == nil || !h.working() || r.looked[h.at] {
		return Resent{}, err
	}
	if r.looked == nil {
		r.looked = map[string]bool{}
	}
	r.looked[h.at] = true // that of a group is the webhook of many projects
	g := &resending{Resends: r, repo: repo, hook: h.at}
	text, err := r.Marks.Mark(ctx, g.name())
	if err != nil {
		return Resent{}, err
	}
	g.read(text)
	if r.Forge.o.Now().Sub(g.asked) < resendsPause {
		return Resent{}, nil
	}
	failed, shown, err := r.Forge.undelivered(ctx, h.at, g.upto)
	if err != nil || !shown || len(failed) == 0 {
		return Resent{}, err
	}
	before := g.upto
	err = g.all(ctx, failed)
	if g.upto > before {
		err = errors.Join(err, g.keep(ctx))
	}
	return g.got, err
}

// resending is a go through the log of one webhook. Of it is remembered which entry was the newest that needs no further
// look, and when something was asked for.
type resending struct {
	*Resends
	repo  change.Repository
	hook  string
	upto  int64
	asked time.Time
	got   Resent
}

func (g *resending) name() string { return "gitlab-resent/" + g.hook }

// read takes what keep wrote; no mark yet is nothing.
func (g *resending) read(mark string) {
	upto, asked, _ := strings.Cut(mark, " ")
	g.upto, _ = strconv.ParseInt(upto, 10, 64)
	if ms, err := strconv.ParseInt(asked, 10, 64); err == nil {
		g.asked = time.UnixMilli(ms)
	}
}

func (g *resending) keep(ctx context.Context) error {
	return g.Marks.SetMark(ctx, g.name(), fmt.Sprintf("%d %d", g.upto, g.asked.UnixMilli()))
}

// sent is one entry of a webhook's log.
type sent struct {
	ID      int64          `json:"id"`
	Trigger string         `json:"trigger"`
	Headers map[string]any `json:"request_headers"`
	Data    any            `json:"request_data"`
	// At is absent in some versions.
	At time.Time `json:"created_at"`
}

// key is the same for all attempts of one delivery: its Idempotency-Key, or what it says. It is empty where the log shows
// neither; of what was too large it keeps no more than that.
func (s sent) key() string {
	for name, value := range s.Headers {
		if text, ok := value.(string); ok && text != "" && strings.EqualFold(name, "Idempotency-Key") {
			return text
		}
	}
	content, _ := s.Data.(map[string]any)
	if _, oversize := content["oversize"]; oversize || len(content) == 0 {
		return ""
	}
	raw, err := json.Marshal(content) // names in their order
	if err != nil {
		return ""
	}
	return sum(s.Trigger + "\n" + string(raw))
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
	sorting.By(failed, func(a, b sent) int { return cmp.Compare(a.ID, b.ID) })
	return failed, true, nil
}

// all asks for deliveries again, as long as they arrive.
func (g *resending) all(ctx context.Context, failed []sent) error {
	tries, done, asks := tried(failed), map[string]bool{}, 0
	for _, s := range failed {
		if s.ID <= g.upto {
			continue
		}
		switch key := s.key(); {
		case key == "":
			g.giveUp(s, "its log does not show what it said, so nothing would bound how often it is sent")
		case done[key]:
		case tries[key] >= resendTries:
			done[key] = true
			g.giveUp(s, fmt.Sprintf("it failed %d times", tries[key]))
		default:
			if asks == resendsAtOnce {
				return nil
			}
			if asks++; asks == 1 {
				g.asked = g.Forge.o.Now()
				if err := g.keep(ctx); err != nil { // before the first, so that whoever comes after a crash waits, too
					return err
				}
			}
			if over, err := g.one(ctx, s); err != nil || over {
				return err
			}
			done[key] = true
		}
		g.upto = s.ID
	}
	return nil
}

// tried counts the failed attempts of each delivery.
func tried(failed []sent) map[string]int {
	tries := map[string]int{}
	for _, s := range failed {
		tries[s.key()]++
	}
	return tries
}

func (g *resending) giveUp(s sent, why string) {
	g.got.GivenUp = append(g.got.GivenUp, fmt.Sprintf("entry %d (%s): %s", s.ID, s.Trigger, why))
}

// one has GitLab send one delivery again, which waits for our answer. The go is over when we failed again, where it may not
// be asked, and where GitLab disabled the webhook meanwhile. An entry that GitLab refuses to send holds up none behind it.
func (g *resending) one(ctx context.Context, s sent) (over bool, err error) {
	f := g.Forge
	req, err := f.client.NewRequest(http.MethodPost, fmt.Sprintf("%s/events/%d/resend", g.hook, s.ID), nil,
		[]gitlab.RequestOptionFunc{within(ctx)})
	if err != nil {
		return true, fmt.Errorf("send a delivery again: %w", err)
	}
	var answer struct {
		Status any `json:"response_status"`
	}
	_, err = f.client.Do(req, &answer)
	switch {
	case status(err) == http.StatusNotFound: // the log has it no more
		return false, nil
	case status(err) == http.StatusUnprocessableEntity:
		h, _, unread := f.hookTo(ctx, g.repo, strings.TrimSuffix(g.Address, "/"))
		if unread != nil || h == nil || !h.working() {
			return true, unread
		}
		g.giveUp(s, "GitLab refuses to send it: "+err.Error())
		return false, nil
	case hidden(err):
		return true, nil
	case err != nil:
		return true, f.answer("send a delivery again", err)
	}
	got := fmt.Sprint(answer.Status)
	if !strings.HasPrefix(got, "2") && !strings.HasPrefix(got, "4") {
		return true, nil
	}
	g.got.Arrived++
	return false, nil
}

const (
	whatLog = "log of the webhook"
	alone   = ": changes that did not arrive are found by sweeps alone, and comments are not found"
)

// log says whether what the webhook could not deliver is sent again.
func (x *examination) log(ctx context.Context, h *webhook) error {
	list, err := x.eye.failures(ctx, h.at, 1, lostPage)
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
	lost := 0
	for key, n := range tried(slices.DeleteFunc(list, func(s sent) bool { return x.o.Now().Sub(s.At) > lostFor })) {
		if key != "" && n >= resendTries {
			lost++
		}
	}
	if lost > 0 {
		x.wrong(whatLog, fmt.Sprintf("%d of the newest deliveries failed %d times and are asked for no more", lost, resendTries),
			"see in the webhook's recent events why; write commands that were lost again, the rest is found by sweeps")
		return nil
	}
	x.good(whatLog, "what did not arrive is sent again, for six hours")
	return nil
}
