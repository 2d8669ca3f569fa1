package demo

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const repo = "acme/shop"

// first is what the repository begins with. The rules stand in it: settings and owners are files like any other.
func (p props) first() map[string]string {
	return map[string]string{
		"README.md": "# Shop\n\nA small shop with a cart and payments.\n",
		p.settings: "version: 1\ncommits: { mode: enforce, tickets: [SHOP] } # Conventional Commits\n" +
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
		"CODEOWNERS":      p.owners,
		"cart/cart.go":    "package cart\n\n// Cart is what a customer wants to buy.\ntype Cart struct{ Items []string }\n",
		"payments/pay.go": "package payments\n\n// Pay takes the money.\nfunc Pay(cents int) error { return nil }\n",
		p.ci:              p.ciBefore,
		shippingFile:      shippingBefore,
	}
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
	p := s.forge.props()
	if p.begun {
		if err := olga.start(ctx, "main"); err != nil {
			return err
		}
	}
	if err := olga.write(ctx, p.first()); err != nil {
		return err
	}
	if err := olga.git(ctx, "commit", "-q", "-m", "feat: open the shop"); err != nil {
		return err
	}
	if err := olga.git(ctx, "push", "-q", "origin", "main"); err != nil {
		return err
	}
	s.tell.step("olga", "git push origin main        (a shop, its settings, its CODEOWNERS)")
	told, err := s.forge.gate()
	if err != nil {
		return err
	}
	s.tell.step("olga", "%s", told)
	return nil
}

func (s *stage) good(ctx context.Context, wendy *developer) error {
	s.tell.scene(1, s.put("A good pull request passes"))
	number, err := s.propose(ctx, wendy, "coupons", "feat(cart): add a coupon field",
		map[string]string{"cart/coupon.go": "package cart\n\n// Coupon lowers the price.\ntype Coupon struct{ Code string }\n"},
		"feat(cart): add a coupon field")
	if err != nil {
		return err
	}
	if _, err := s.await(ctx, number, passed, ""); err != nil {
		return err
	}
	return s.merge(ctx, wendy, number)
}

func (s *stage) bad(ctx context.Context, wendy *developer) error {
	s.tell.scene(2, "A bad one is refused, for reasons a newcomer understands")
	number, err := s.propose(ctx, wendy, "wishlist", "Added wishlist stuff.", s.forge.props().badFiles(), "feat(cart): keep a wish list")
	if err != nil {
		return err
	}
	v, err := s.await(ctx, number, refused, "")
	if err != nil {
		return err
	}
	s.tell.quote(reasons(v.text)...)
	s.tell.quote(v.remarks...)
	err = s.forge.merge(ctx, wendy, number)
	no, ok := errors.AsType[*refusal](err)
	if !ok {
		return fmt.Errorf("the merge of refused %s%d should have been refused by the forge, and was not: %w", s.named(), number, err)
	}
	s.tell.step(s.forge.props().host, "refuses the merge: %s", no.message)
	if err := wendy.write(ctx, s.forge.props().repairedFiles()); err != nil {
		return err
	}
	if err := wendy.git(ctx, "commit", "-q", "--amend", "-m", "feat(cart): keep a wish list"); err != nil {
		return err
	}
	if err := s.push(ctx, wendy, "wishlist", "git commit --amend; git push --force-with-lease"); err != nil {
		return err
	}
	if _, err := s.await(ctx, number, passed, ""); err != nil {
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
	v, err := s.await(ctx, number, refused, "")
	if err != nil {
		return err
	}
	s.tell.quote(reasons(v.text)...)
	if err := s.forge.approve(ctx, mika, number); err != nil {
		return fmt.Errorf("mika approves: %w", err)
	}
	s.tell.step("mika", "approves %s%d", s.named(), number)
	_, err = s.await(ctx, number, passed, v.title)
	return err
}

// left leaves a refused change open, so that there is one to look at and to fix.
func (s *stage) left(ctx context.Context, wendy *developer) error {
	s.tell.scene(5, "One is left open for you, with two problems and advice")
	files := map[string]string{
		"payments/refund.go":   "package payments\n\n// Refund gives the money back.\nfunc Refund(cents int) error { return nil }\n",
		"payments/receipt.pdf": "%PDF-1.4\x00\x01\x02 not really\n"}
	number, err := s.propose(ctx, wendy, "refunds", "WIP refunds", files, "feat(payments): refund a customer")
	if err != nil {
		return err
	}
	v, err := s.await(ctx, number, refused, "")
	if err != nil {
		return err
	}
	s.tell.quote(reasons(v.text)...)
	return s.advised(ctx, number)
}

// propose pushes a branch with one commit and opens a change from it.
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
	number, err := s.forge.propose(ctx, d, branch, title)
	if err != nil {
		return 0, fmt.Errorf("%s opens a %s: %w", d.login, s.forge.kind().Words().Change, err)
	}
	s.proposed = number
	s.tell.step(d.login, "opens %s%d \"%s\"", s.named(), number, title)
	return number, nil
}

func (s *stage) push(ctx context.Context, d *developer, branch, told string) error {
	if err := d.git(ctx, "push", "-q", "--force-with-lease", "origin", branch); err != nil {
		return err
	}
	s.tell.step(d.login, "%s", told)
	return nil
}

func (s *stage) merge(ctx context.Context, d *developer, number int) error {
	// On GitLab the whole pipeline has to be green, and CI may be the last to say so.
	return s.until(ctx, fmt.Sprintf("merge of %s%d", s.named(), number), func() (bool, error) {
		err := s.forge.merge(ctx, d, number)
		if no, ok := errors.AsType[*refusal](err); ok && no.soon {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("the merge of %s%d should go through: %w", s.named(), number, err)
		}
		s.tell.step(d.login, "merges %s%d", s.named(), number)
		return true, nil
	})
}

// state is what a story waits for.
type state string

const (
	waiting state = "waiting"
	refused state = "refused"
	passed  state = "passed"
)

func (v *verdict) state() state {
	switch {
	case v == nil:
		return ""
	case !v.done:
		return waiting
	case v.pass:
		return passed
	}
	return refused
}

// await waits for a verdict on the newest head, and tells of it. not is the title of an older verdict to wait past.
func (s *stage) await(ctx context.Context, number int, want state, not string) (*verdict, error) {
	if err := s.forge.tested(ctx, number); err != nil {
		return nil, err
	}
	v, err := s.wait(ctx, number, want, not)
	if err != nil {
		return nil, err
	}
	event, at := s.forge.delivered(v.at)
	s.tell.step(s.forge.props().host, "delivers %s (%s)", event, s.forge.props().proof)
	s.tell.verdict(v.pass, v.title, v.at.Sub(at))
	return v, nil
}

// wait waits for a verdict on the newest head.
func (s *stage) wait(ctx context.Context, number int, want state, not string) (v *verdict, err error) {
	err = s.until(ctx, fmt.Sprintf("verdict %q on %s%d", want, s.named(), number), func() (bool, error) {
		seen, err := s.forge.verdict(ctx, number)
		if seen != nil {
			v = seen
		}
		return seen.state() == want && seen.title != not, err
	})
	if err != nil && v != nil {
		err = fmt.Errorf("%w; it is %q: %s", err, v.state(), v.title)
	}
	return v, err
}

// where says where to look.
func (s *stage) where(ctx context.Context) error {
	s.tell.note("\nLook around:")
	if page := s.forge.reviewers(1); page != "" {
		s.tell.note(s.put("  the pull requests as a reviewer sees them   %s  to  /%d"), page, s.proposed)
	}
	for n := 1; n <= s.proposed; n++ {
		v, err := s.forge.verdict(ctx, n)
		if err != nil {
			return err
		}
		if v != nil && v.page != "" {
			s.tell.note("  why %s%d got its verdict                      %s", s.forge.kind().Words().Sigil, n, v.page)
		}
	}
	if at := s.forge.props().requests; at != "" {
		s.tell.note("  every request Lintel made                   %s%s", s.forge.url(), at)
	}
	s.tell.note("  what rules in shadow would have blocked     http://%s/rules/evidence", s.admin)
	s.tell.note("  what people and operators did               http://%s/audit", s.admin)
	s.tell.note("  Lintel for those who run it                 http://%s/", s.admin)
	if s.history {
		s.tell.note("  the flow of an invented team's year         http://%s/flow?from=%s&author=human", s.admin,
			time.Now().AddDate(0, 0, -360).Format("2006-01-02"))
	}
	s.tell.note("  its metrics                                 http://%s/metrics", s.admin)
	return nil
}
