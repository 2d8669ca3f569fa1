package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// overridden tells how somebody who may gets past a red check in one line, and what is kept of it.
func (s *stage) overridden(ctx context.Context, wendy, olga *developer) error {
	s.tell.scene(6, "At night the shop is down, and one line gets past a red check")
	number, err := s.propose(ctx, wendy, "hotfix", "Hotfix!",
		map[string]string{"cart/empty.go": "package cart\n\n// Empty reports whether nothing is in the cart.\n" +
			"func (c Cart) Empty() bool { return len(c.Items) == 0 }\n"}, "fix(cart): survive an empty cart")
	if err != nil {
		return err
	}
	if _, err := s.await(ctx, number, refused, ""); err != nil {
		return err
	}
	if err := s.asked(ctx, wendy, number); err != nil {
		return err
	}
	const line = "/lintel override commits/header -- emergency: the shop is down"
	began := time.Now()
	if _, err := s.comment(ctx, olga, number, line); err != nil {
		return err
	}
	v, err := s.wait(ctx, number, passed, "")
	if err != nil {
		return err
	}
	s.tell.verdictAfter(v.pass, v.title, v.at.Sub(began), "the comment was written")
	return s.audited(ctx)
}

// audited shows the line of the audit log, as the operators' listener has it.
func (s *stage) audited(ctx context.Context) error {
	var log struct {
		Records []struct {
			Seq    int64             `json:"seq"`
			Act    string            `json:"act"`
			Actor  string            `json:"actor"`
			Detail map[string]string `json:"detail"`
		} `json:"records"`
	}
	if err := s.operators(ctx, "/audit.json?act=override&repo="+repo, &log); err != nil {
		return fmt.Errorf("read the audit log: %w", err)
	}
	if len(log.Records) != 1 {
		return fmt.Errorf("the audit log should have one override, and has %d", len(log.Records))
	}
	r := log.Records[0]
	s.tell.quote(fmt.Sprintf("audit log, line %d: %s by %s, %s: %s: %s; it ends with %s", r.Seq, r.Act, r.Actor, r.Detail["rule"],
		r.Detail["category"], r.Detail["reason"], r.Detail["ends"]))
	return nil
}

// operators reads JSON of the operators' listener.
func (s *stage) operators(ctx context.Context, path string, into any) (err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.admin+path, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", resp.Status)
	}
	return json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(into)
}
