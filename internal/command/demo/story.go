package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/publish"
)

const repo = "acme/shop"

// first is what the repository begins with. The rules stand in it: settings and owners are files like any other.
var first = map[string]string{
	"README.md": "# Shop\n\nA small shop with a cart and payments.\n",
	".github/lintel.yml": "version: 1\ncommits: { mode: enforce, tickets: [SHOP] } # Conventional Commits\n" +
		"rules: { commits/ticket: { mode: shadow } } # tried out: judged, and shown to nobody\nownership: { mode: " +
		"enforce }   # an owner of each changed file approves\nsize: { mode: warn }           # large changes are remarked on\n" +
		"coverage: { mode: enforce, patch: { min: 80 } } # tests reach most of what a change adds\nreports: { expect: " +
		"[{ kind: coverage, flag: unit, job: test, paths: [/stock/], required: true }] }\n" +
		"lint: { mode: enforce }\nreport: { suggestions: inline }\nchecks: [{ name: format, tool: gofmt, paths: [/prices/*.go] }] " +
		"# Lintel runs it in a sandbox\n" +
		"workflows: { mode: warn }      # what weakens CI is remarked on\n" +
		"smells: { mode: warn, cognitive: 30 } # and so is code that grows hard to read\n" +
		"advise: { enabled: true }      # a language model helps the reviewer, and decides nothing\n",
	"go.mod":          "module acme.example/shop\n\ngo 1.24\n",
	"CODEOWNERS":      "# Whoever changes payments asks those who answer for them.\n/payments/ @acme/payments\n",
	"cart/cart.go":    "package cart\n\n// Cart is what a customer wants to buy.\ntype Cart struct{ Items []string }\n",
	"payments/pay.go": "package payments\n\n// Pay takes the money.\nfunc Pay(cents int) error { return nil }\n",
	ciFile:            ciBefore,
	shippingFile:      shippingBefore,
}

// story plays the scenes. An error is a scene that did not go as told.
func (s *stage) story(ctx context.Context) error {
	olga, err := s.hire(ctx, "olga", "Olga Maintainer")
	if err != nil {
		return err
	}
	wendy, err := s.hire(ctx, "wendy", "Wendy Writer")
	if err != nil {
		return err
	}
	mika, err := s.hire(ctx, "mika", "Mika Payments")
	if err != nil {
		return err
	}
	if err := s.beginning(ctx, olga); err != nil {
		return err
	}
	if err := s.good(ctx, wendy); err != nil {
		return err
	}
	if err := s.bad(ctx, wendy); err != nil {
		return err
	}
	if err := s.owned(ctx, wendy, mika); err != nil {
		return err
	}
	if err := s.covered(ctx, wendy); err != nil {
		return err
	}
	if err := s.left(ctx, wendy); err != nil {
		return err
	}
	if err := s.overridden(ctx, wendy, olga); err != nil {
		return err
	}
	if err := s.formatted(ctx, wendy); err != nil {
		return err
	}
	return s.shadowed(ctx)
}

func (s *stage) beginning(ctx context.Context, olga *developer) error {
	if err := olga.write(ctx, first); err != nil {
		return err
	}
	if err := olga.git(ctx, "commit", "-q", "-m", "feat: open the shop"); err != nil {
		return err
	}
	if err := olga.git(ctx, "push", "-q", "origin", "main"); err != nil {
		return err
	}
	s.tell.step("olga", "git push origin main        (a shop, its settings, its CODEOWNERS)")
	if _, err := s.hub.Install("acme"); err != nil {
		return fmt.Errorf("install the App: %w", err)
	}
	if err := s.hub.Protect(repo, "main",
		&fakehub.Protection{Checks: []fakehub.RequiredCheck{{Context: publish.CheckName, App: s.hub.App().ID}}}); err != nil {
		return fmt.Errorf("protect main: %w", err)
	}
	s.tell.step("olga", "installs the App and makes its check \"lintel\" required on main")
	return nil
}

func (s *stage) good(ctx context.Context, wendy *developer) error {
	s.tell.scene(1, "A good pull request passes")
	number, err := s.propose(ctx, wendy, "coupons", "feat(cart): add a coupon field",
		map[string]string{"cart/coupon.go": "package cart\n\n// Coupon lowers the price.\ntype Coupon struct{ Code string }\n"},
		"feat(cart): add a coupon field")
	if err != nil {
		return err
	}
	if _, err := s.await(ctx, number, "success", ""); err != nil {
		return err
	}
	return s.merge(ctx, wendy, number)
}

func (s *stage) bad(ctx context.Context, wendy *developer) error {
	s.tell.scene(2, "A bad one is refused, for reasons a newcomer understands")
	number, err := s.propose(ctx, wendy, "wishlist", "Added wishlist stuff.", badFiles(), "feat(cart): keep a wish list")
	if err != nil {
		return err
	}
	run, err := s.await(ctx, number, "failure", "")
	if err != nil {
		return err
	}
	s.tell.quote(reasons(run.Summary)...)
	s.tell.quote(remarks(run)...)
	err = wendy.ask(ctx, http.MethodPut, fmt.Sprintf("/repos/%s/pulls/%d/merge", repo, number), map[string]any{}, nil)
	var no *refusal
	if !errors.As(err, &no) {
		return fmt.Errorf("the merge of a refused pull request should have been refused by the forge, and was not: %w", err)
	}
	s.tell.step("github", "refuses the merge: %s", no.message)
	if err := wendy.write(ctx, repairedFiles()); err != nil {
		return err
	}
	if err := wendy.git(ctx, "commit", "-q", "--amend", "-m", "feat(cart): keep a wish list"); err != nil {
		return err
	}
	if err := s.push(ctx, wendy, "wishlist", "git commit --amend; git push --force-with-lease"); err != nil {
		return err
	}
	if _, err := s.await(ctx, number, "success", ""); err != nil {
		return err
	}
	return s.merge(ctx, wendy, number)
}

func (s *stage) owned(ctx context.Context, wendy, mika *developer) error {
	s.tell.scene(3, "A change to payments waits for their owners")
	number, err := s.propose(ctx, wendy, "invoice", "feat(payments): pay by invoice",
		map[string]string{
			"payments/invoice.go": "package payments\n\n// Invoice lets a customer pay later.\nfunc Invoice(cents int) " +
				"error { return nil }\n"}, "feat(payments): pay by invoice")
	if err != nil {
		return err
	}
	run, err := s.await(ctx, number, "failure", "")
	if err != nil {
		return err
	}
	s.tell.quote(reasons(run.Summary)...)
	if err := mika.ask(ctx, http.MethodPost, fmt.Sprintf("/repos/%s/pulls/%d/reviews", repo, number),
		map[string]any{"event": "APPROVE", "body": "Looks right."}, nil); err != nil {
		return fmt.Errorf("mika approves: %w", err)
	}
	s.tell.step("mika", "approves pull request #%d", number)
	_, err = s.await(ctx, number, "success", run.Title)
	return err
}

// left leaves a refused pull request open, so that there is one to look at and to fix.
func (s *stage) left(ctx context.Context, wendy *developer) error {
	s.tell.scene(5, "One is left open for you, with two problems and advice")
	files := map[string]string{
		"payments/refund.go":   "package payments\n\n// Refund gives the money back.\nfunc Refund(cents int) error { return nil }\n",
		"payments/receipt.pdf": "%PDF-1.4\x00\x01\x02 not really\n"}
	number, err := s.propose(ctx, wendy, "refunds", "WIP refunds", files, "feat(payments): refund a customer")
	if err != nil {
		return err
	}
	run, err := s.await(ctx, number, "failure", "")
	if err != nil {
		return err
	}
	s.tell.quote(reasons(run.Summary)...)
	return s.advised(ctx, wendy, number)
}

// propose pushes a branch with one commit and opens a pull request from it.
func (s *stage) propose(ctx context.Context, d *developer, branch, message string, files map[string]string, title string) (int, error) {
	if err := d.start(ctx, branch); err != nil {
		return 0, err
	}
	if err := d.write(ctx, files); err != nil {
		return 0, err
	}
	if err := d.git(ctx, "commit", "-q", "-m", message); err != nil {
		return 0, err
	}
	if err := s.push(ctx, d, branch, fmt.Sprintf("git commit -m %q; git push origin %s", message, branch)); err != nil {
		return 0, err
	}
	var pull struct {
		Number int `json:"number"`
	}
	if err := d.ask(ctx, http.MethodPost, "/repos/"+repo+"/pulls",
		map[string]any{"title": title, "head": branch, "base": "main", "body": "Please have a look."}, &pull); err != nil {
		return 0, fmt.Errorf("%s opens a pull request: %w", d.login, err)
	}
	s.proposed = pull.Number
	s.tell.step(d.login, "opens pull request #%d \"%s\"", pull.Number, title)
	return pull.Number, nil
}

func (s *stage) push(ctx context.Context, d *developer, branch, told string) error {
	if err := d.git(ctx, "push", "-q", "--force-with-lease", "origin", branch); err != nil {
		return err
	}
	s.tell.step(d.login, "%s", told)
	return nil
}

func (s *stage) merge(ctx context.Context, d *developer, number int) error {
	if err := d.ask(ctx, http.MethodPut, fmt.Sprintf("/repos/%s/pulls/%d/merge", repo, number),
		map[string]any{"merge_method": "squash"}, nil); err != nil {
		return fmt.Errorf("the merge of pull request #%d should go through: %w", number, err)
	}
	s.tell.step(d.login, "merges pull request #%d", number)
	return nil
}

// await waits for a completed check with a conclusion on the pull request's head, and tells of it. not is the title of
// an older verdict to wait past.
func (s *stage) await(ctx context.Context, number int, want, not string) (fakehub.RunView, error) {
	run, err := s.wait(ctx, number, "completed", want, not)
	if err != nil {
		return run, err
	}
	event, after := s.delivery(run.Completed)
	s.tell.step("github", "delivers %s (signed)", event)
	s.tell.verdict(run.Conclusion, run.Title, after)
	return run, nil
}

// wait waits for a check with a status and a conclusion on the pull request's head.
func (s *stage) wait(ctx context.Context, number int, status, want, not string) (fakehub.RunView, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	var last fakehub.RunView
	for {
		pull, err := s.hub.Pull(repo, number)
		if err != nil {
			return last, fmt.Errorf("look at pull request #%d: %w", number, err)
		}
		for _, run := range s.hub.Runs(repo, pull.HeadSHA) {
			if run.Name == publish.CheckName && run.Status == status {
				last = run
			}
		}
		if last.Status == status && last.Conclusion == want && last.HeadSHA == pull.HeadSHA && last.Title != not {
			return last, nil
		}
		select {
		case <-ctx.Done():
			return last, fmt.Errorf("pull request #%d should end in %s; its check says %q (%s)", number, want, last.Conclusion, last.Title)
		case <-tick.C:
		}
	}
}

// delivery finds the newest webhook about a pull request before a moment, and how long before it was sent.
func (s *stage) delivery(done time.Time) (string, time.Duration) {
	for _, d := range s.hub.Webhooks().Deliveries(s.hub.App().ID) {
		if strings.HasPrefix(d.Event.Name, "pull_request") && !d.DeliveredAt.After(done) {
			return d.Event.Name + "." + d.Event.Action, done.Sub(d.DeliveredAt)
		}
	}
	return "the event", 0
}

// reasons takes what the check's summary tells a person to do, without the Markdown.
func reasons(summary string) []string {
	_, rest, _ := strings.Cut(summary, "### What ")    // the author's part, or that of reviewers
	list, _, _ := strings.Cut("### What "+rest, "\n|") // the table of families
	var lines []string
	for _, l := range strings.Split(list, "\n") {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "<sub>") || strings.HasPrefix(l, "### ") {
			continue
		}
		if l = strings.NewReplacer("**", "", "*Fix:*", "Fix:", "<br>", " ", "`", "", `\`, "").Replace(l); l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

// remarks are what the check says beside the code and refuses nothing for.
func remarks(run fakehub.RunView) (lines []string) {
	for _, a := range run.Annotations {
		if a.Level == "warning" {
			lines = append(lines, fmt.Sprintf("Remark on %s:%d: %s", a.Path, a.Start, a.Title))
		}
	}
	return lines
}

// where says where to look.
func (s *stage) where() {
	s.tell.note("\nLook around:")
	s.tell.note("  the pull requests as a reviewer sees them   %s/%s/pull/1  to  /%d", s.hub.URL(), repo, s.proposed)
	for n := 1; n <= s.proposed; n++ {
		pull, err := s.hub.Pull(repo, n)
		if err != nil {
			continue
		}
		for _, run := range s.hub.Runs(repo, pull.HeadSHA) {
			if run.Name == publish.CheckName && run.Details != "" {
				s.tell.note("  why #%d got its verdict                      %s", n, run.Details)
				break
			}
		}
	}
	s.tell.note("  every request Lintel made                   %s/_fakehub", s.hub.URL())
	s.tell.note("  what rules in shadow would have blocked     http://%s/rules/evidence", s.admin)
	s.tell.note("  what people and operators did               http://%s/audit", s.admin)
	s.tell.note("  Lintel for those who run it                 http://%s/", s.admin)
	if s.history {
		s.tell.note("  the flow of an invented team's year         http://%s/flow?from=%s&author=human", s.admin,
			time.Now().AddDate(0, 0, -360).Format("2006-01-02"))
	}
	s.tell.note("  its metrics                                 http://%s/metrics", s.admin)
}
