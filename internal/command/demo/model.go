package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakemodel "github.com/lintel-review/lintel/internal/fake/model"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// scripted names what the demo's own model says, wherever it is read.
const scripted = "Scripted for the demo: no model read this."

var (
	refundFile    = lazyregexp.New(`(?m)^file (P\d+) payments/refund\.go`)
	refundFinding = lazyregexp.New(`(?m)^finding N1 at (\S+) `)
	refundLine    = lazyregexp.New(`(?m)^(R\d+) [ +] (func Refund.*)$`)
)

// script has words about the refund, and nothing to say of the rest.
var script = fakemodel.Script{Turns: []fakemodel.Turn{
	{Schema: "lintel_find", Holds: "func Refund", Say: func(q fakemodel.Question) string {
		file, at := refundFile.FindStringSubmatch(q.User), refundLine.FindStringSubmatch(q.User)
		if file == nil || at == nil {
			return `{"findings":[]}`
		}
		return fmt.Sprintf(
			`{"findings":[{"file":%q,"start_id":%q,"end_id":%q,"existing_code":%q,"category":"correctness",`+
				`"severity":"high","message":%q,"claim":"none","fact_ids":[],"suggestion":null}]}`,
			file[1], at[1], at[1], at[2], scripted+" Refund says that it went well and gives nothing back.")
	}},
	{Schema: "lintel_find", Text: `{"findings":[]}`},
	{Schema: "lintel_verify", Say: func(q fakemodel.Question) string {
		at := refundFinding.FindStringSubmatch(q.User)
		if at == nil {
			return `{"judgements":[]}`
		}
		return fmt.Sprintf(`{"judgements":[{"id":"N1","evidence_ids":[%q],"reason":"real","keep":true}]}`, at[1])
	}},
	{Schema: "lintel_summary", Holds: "payments/refund.go", Say: func(q fakemodel.Question) string {
		file := refundFile.FindStringSubmatch(q.User)
		if file == nil {
			return `{"bullets":[],"risks":[],"order":[],"tests":[]}`
		}
		return fmt.Sprintf(`{"bullets":[{"text":%q,"file_ids":[%q],"fact_ids":[]}],"risks":[],"order":[],"tests":[]}`,
			scripted+" Customers can be refunded.", file[1])
	}},
	{Schema: "lintel_summary", Text: `{"bullets":[],"risks":[],"order":[],"tests":[]}`},
}}

// openModel gives the server the model that was named, or starts the scripted one. close ends that.
func (s *stage) openModel(c *config.Config, o Options) (end func(), err error) {
	c.Advice.Debounce = "10ms"
	if o.Model != "" {
		c.Model.Endpoint, c.Model.Name = o.Model, o.ModelName
		if o.ModelKey != "" {
			c.Model.KeyFile = filepath.Join(s.dir, "model-key")
			if err := os.WriteFile(c.Model.KeyFile, []byte(o.ModelKey), 0o600); err != nil {
				return nil, fmt.Errorf("write the model's key: %w", err)
			}
		}
		return func() {}, nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the scripted model: %w", err)
	}
	c.Model.Endpoint, c.Model.Name = "http://"+l.Addr().String()+"/v1", fakemodel.Name
	server := &http.Server{Handler: fakemodel.New(script), ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(l) //nolint:errcheck // it ends by Close
	return func() { _ = server.Close() }, nil
}

// advised waits for advice on a change and reads it. A real model may have nothing to say; the scripted one has.
func (s *stage) advised(ctx context.Context, number int) error {
	limit := patience
	if s.real {
		limit = 3 * time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		comments, remarks, err := s.forge.written(ctx, number)
		words := ""
		for _, c := range comments {
			words += c.body + "\n"
		}
		if err == nil && strings.Contains(words, "language model") && (s.real || len(remarks) > 0 && strings.Contains(words, scripted)) {
			s.tell.step("lintel", "comments, as a language model advised (%s)", s.model)
			for _, r := range remarks {
				words, _, _ := strings.Cut(r.body, "\n")
				s.tell.quote(fmt.Sprintf("%s:%d: %s", r.path, r.line, strings.NewReplacer("`", "", `\`, "").Replace(words)))
			}
			return nil
		}
		select {
		case <-ctx.Done():
			if s.real {
				s.tell.note("  (The model had nothing to say, or did not answer in time; the verdict never waits for it.)")
				return nil
			}
			return fmt.Errorf("%s%d should have advice; it has %d comments and %d at lines: %w", s.named(), number, len(comments),
				len(remarks), errors.Join(err, ctx.Err()))
		case <-time.After(10 * time.Millisecond):
		}
	}
}
