package ingest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/upload"
)

// verifier reads the token by which a job of CI proves its identity. Its error is an *upload.Refusal, or a fault that a
// retry may pass.
type verifier interface {
	Verify(ctx context.Context, token string) (upload.Claims, error)
}

// store stores uploads whole or not at all, and knows their repositories and changes.
type store interface {
	KeepReport(ctx context.Context, u upload.Upload, once *upload.Nonce, a delivery.Admission) (upload.Outcome, delivery.Receipt, error)
	// Owned finds a repository that the App sees, by id or, when that is 0, by owner/name, with its connection.
	Owned(ctx context.Context, forge change.Forge, id int64, name string) (change.Repository, int64, error)
	Record(ctx context.Context, key change.Key) (change.Record, error)
}

// tokens finds upload tokens by the hashes of their secrets.
type tokens interface {
	TokenBy(ctx context.Context, hash string) (upload.Token, error)
}

// forge answers what a token cannot prove.
type forge interface {
	// Head reads a change's head and state.
	Head(ctx context.Context, ref change.Ref) (change.Rev, change.State, error)
	// Drift compares a head with the commit that was measured.
	Drift(ctx context.Context, ref change.Ref, head, measured string) (upload.Drift, error)
	// PipelineOf is the change that a run of CI ran for, 0 for a branch, and the commit that it ran on.
	PipelineOf(ctx context.Context, ref change.Ref, run string) (number int, sha string, err error)
}

// parser reads a report of a format, or finds the format out. The error says where the report is wrong.
type parser interface {
	Parse(kind report.Kind, format string, r io.Reader, limit int64) (report.Report, error)
}

// observer counts uploads. It must not block.
type observer interface {
	// Upload is called for each upload with its outcome or the reason of a refusal, its size as it came, and how long the
	// parser took.
	Upload(kind report.Kind, outcome string, bytes int64, parsing time.Duration)
}

// Options are what a Receiver needs. Every field is required unless its comment says otherwise.
type Options struct {
	Verifier verifier
	Store    store
	Tokens   tokens
	Forge    forge
	Trees    trees
	Parser   parser
	Observer observer
	// Reads reports whether any rule reads a fact.
	Reads func(fact string) bool
	Now   func() time.Time
	Log   *slog.Logger
	// MaxPacked bounds a body as it comes, MaxPlain what it unpacks to, in bytes.
	MaxPacked, MaxPlain int64
	// KeepRaw keeps reports as they came (false: only what was read of them).
	KeepRaw bool
	// AtOnce bounds how many bodies are read at once. One repository gets half of them at most.
	AtOnce int
}

func (o Options) check() error {
	switch {
	case o.Verifier == nil || o.Store == nil || o.Tokens == nil || o.Forge == nil || o.Trees == nil || o.Parser == nil || o.Observer == nil:
		return errors.New("make the receiver of reports: a part is missing")
	case o.Reads == nil || o.Now == nil || o.Log == nil:
		return errors.New("make the receiver of reports: no rules, no clock or no log")
	case o.MaxPacked <= 0 || o.MaxPlain <= 0 || o.AtOnce <= 0:
		return fmt.Errorf("make the receiver of reports: %d bytes, unpacked %d, %d at once", o.MaxPacked, o.MaxPlain, o.AtOnce)
	}
	return nil
}

// Receiver receives reports. It is safe for concurrent use.
type Receiver struct {
	options Options
	slots   chan struct{}

	mu   sync.Mutex
	busy map[int64]int
}

// New makes a Receiver.
func New(o Options) (*Receiver, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	return &Receiver{options: o, slots: make(chan struct{}, o.AtOnce), busy: map[int64]int{}}, nil
}

// Receive stores one report. The error is always an *upload.Refusal, and then nothing was stored.
func (v *Receiver) Receive(ctx context.Context, req upload.Request, body io.Reader) (upload.Answer, error) {
	count := &counting{r: body}
	var parsing time.Duration
	answer, who, err := v.receive(ctx, req, count, &parsing)
	outcome := string(answer.Outcome)
	if err != nil {
		refusal := asRefusal(err)
		outcome, err = refusal.Reason, refusal
		v.options.Log.InfoContext(ctx, "a report was refused", "reason", refusal.Reason, "what", refusal.What, "kind",
			req.Kind, "repository",
			who.repo.Owner+"/"+who.repo.Name, "by", who.by, "sha", req.SHA, "error", errorText(refusal.Err))
	} else {
		v.options.Log.DebugContext(ctx, "a report was taken", "outcome", outcome, "kind", answer.Kind, "flag",
			answer.Flag, "repository",
			who.repo.Owner+"/"+who.repo.Name, "by", who.by, "sha", answer.SHA, "changes", answer.Changes)
	}
	v.options.Observer.Upload(req.Kind, outcome, count.n, parsing)
	return answer, err
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// asRefusal turns every error that is not a refusal into a fault of the server.
func asRefusal(err error) *upload.Refusal {
	var r *upload.Refusal
	if errors.As(err, &r) {
		return r
	}
	var limited *change.Limited
	if errors.As(err, &limited) {
		return &upload.Refusal{Reason: upload.Busy, What: "the forge limits our requests", Remedy: "send the report again later", Err: err}
	}
	return &upload.Refusal{
		Reason: upload.Failed,
		What:   "the report could not be taken, and nothing of it was kept",
		Remedy: "send it again; if that fails, whoever runs Lintel finds the reason in its log",
		Err:    err,
	}
}

func (v *Receiver) receive(ctx context.Context, req upload.Request, body *counting, parsing *time.Duration) (upload.Answer, grant, error) {
	if err := check(&req); err != nil {
		return upload.Answer{}, grant{}, err
	}
	g, err := v.identify(ctx, req)
	if err != nil {
		return upload.Answer{}, g, err
	}
	if err := v.allow(ctx, &req, &g); err != nil {
		return upload.Answer{}, g, err
	}
	answer := upload.Answer{Outcome: upload.Unread, Kind: req.Kind, Flag: req.Flag, Part: req.Part, SHA: req.SHA, Notes: []string{}}
	if !v.options.Reads("reports") {
		answer.Notes = append(answer.Notes, "No rule of this server reads reports, so this one was not kept.")
		return answer, g, nil
	}
	if req.Length > v.options.MaxPacked {
		return answer, g, v.tooLarge()
	}
	leave, err := v.enter(g.repo.ID)
	if err != nil {
		return answer, g, err
	}
	defer leave()
	u := upload.Upload{
		Slot: upload.Slot{
			Forge:  g.forge,
			RepoID: g.repo.ID,
			SHA:    req.SHA,
			Scope:  g.scope,
			Kind:   req.Kind,
			Flag:   req.Flag,
			Part:   req.Part,
		},
		Measured: g.measured, Run: g.run, Attempt: g.attempt, Job: req.Job, By: g.by, Trust: g.trust, ReceivedAt: v.options.Now(),
	}
	if req.Kind != upload.Final {
		began := v.options.Now()
		err := v.read(ctx, req, g, body, &u)
		*parsing = v.options.Now().Sub(began)
		if err != nil {
			return answer, g, err
		}
		answer.Format, answer.Measured = u.Report.Format, u.Measured
		if u.Report.Coverage != nil {
			answer.Notes = append(answer.Notes, u.Report.Coverage.Notes...)
		}
		if u.Report.Lint != nil {
			answer.Notes = append(answer.Notes, u.Report.Lint.Notes...)
		}
	}
	u.Digest = digest(u, body.sum)
	outcome, receipt, err := v.options.Store.KeepReport(ctx, u, g.nonce, v.admission(u, g))
	if err != nil {
		if errors.Is(err, upload.ErrTokenUsed) {
			return answer, g,
				upload.Refuse(upload.TokenUsed, "ask for a new token for each report; the client does so by itself",
					"this token brought another report before, and each may bring one")
		}
		return answer, g, err
	}
	answer.Outcome, answer.Changes = outcome, len(receipt.Changes)
	if outcome == upload.Older {
		answer.Notes = append(answer.Notes,
			fmt.Sprintf("A report of a newer attempt of run %s is kept already; this one was left out.", u.Run))
	}
	return answer, g, nil
}

// check validates the form of a request.
func check(req *upload.Request) error {
	const see = "see docs/reports-api.md"
	switch {
	case req.Kind != report.CoverageKind && req.Kind != report.LintKind && req.Kind != upload.Final:
		return upload.Refuse(upload.Malformed, "send kind=coverage or kind=lint", "there is no kind of report %q", clip(string(req.Kind)))
	case req.SHA != "" && !upload.IsSHA(req.SHA):
		return upload.Refuse(upload.Malformed, "send the whole commit id, 40 or 64 hexadecimal digits in lower case",
			"sha %q is no commit id", clip(req.SHA))
	case req.Measured != "" && !upload.IsSHA(req.Measured):
		return upload.Refuse(upload.Malformed, "send the whole commit id that was checked out", "measured_sha %q is no commit id",
			clip(req.Measured))
	case !upload.IsFlag(req.Flag) || !upload.IsFlag(req.Part):
		return upload.Refuse(upload.Malformed, "use up to 100 letters, digits and ._/-", "the flag %q or part %q has other characters",
			clip(req.Flag), clip(req.Part))
	case len(req.Run) > 100 || len(req.Job) > 300 || len(req.Repository) > 300 || len(req.Format) > 50 || req.Attempt < 0 ||
		req.Attempt > 1_000_000:
		return upload.Refuse(upload.Malformed, see, "format, run, attempt, job or repository is too long")
	}
	if req.Format == "" {
		req.Format = "auto"
	}
	req.Job = plain(req.Job)
	req.Run = plain(req.Run)
	return nil
}

// enter takes one of the slots for reading bodies; leave frees it.
func (v *Receiver) enter(repo int64) (leave func(), err error) {
	busy := upload.Refuse(upload.Busy, "send the report again in a few seconds", "too many reports are read at once")
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.busy[repo] >= (cap(v.slots)+1)/2 {
		return nil, busy
	}
	select {
	case v.slots <- struct{}{}:
	default:
		return nil, busy
	}
	v.busy[repo]++
	return func() {
		<-v.slots
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.busy[repo]--; v.busy[repo] == 0 {
			delete(v.busy, repo)
		}
	}, nil
}

// admission requests looks at the changes with the upload's head, and at those that are compared with its commit.
func (v *Receiver) admission(u upload.Upload, g grant) delivery.Admission {
	why := "report: " + string(u.Kind)
	if u.Flag != "" {
		why += " " + u.Flag
	}
	if u.Kind == upload.Final {
		why = "reports: CI has sent all"
	}
	request := delivery.ReviewRequest{
		Forge:      u.Forge,
		RepoID:     u.RepoID,
		Connection: g.connection,
		Lane:       delivery.Interactive,
		Why:        why,
		Actor:      u.By,
	}
	a := delivery.Admission{
		Delivery: delivery.Delivery{
			Forge:      u.Forge,
			Name:       "report",
			RepoID:     u.RepoID,
			Connection: g.connection,
			ReceivedAt: u.ReceivedAt,
		},
		Outcome: delivery.Accepted,
	}
	byHead := request
	byHead.Commit = u.SHA
	a.Requests = append(a.Requests, byHead)
	if g.unseen != nil {
		byRef := request
		byRef.Ref, byRef.Head = g.unseen, change.Rev{SHA: u.SHA}
		a.Requests = append(a.Requests, byRef)
	}
	if u.Scope == upload.Commit && u.Kind != upload.Final {
		above := request
		above.MergeBase, above.Lane = u.SHA, delivery.Busy
		a.Requests = append(a.Requests, above)
	}
	return a
}

// digest identifies an upload by its slot, its origin and its bytes.
func digest(u upload.Upload, body []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %d %s %q %q %q %q %s %q %d %s\n", u.Forge, u.RepoID, u.SHA, u.Scope, u.Kind, u.Flag, u.Part, u.Measured, u.Run,
		u.Attempt, u.Report.Format)
	h.Write(body)
	return text.DigestOf(h)
}

// counting counts the bytes that pass and copies them to tee.
type counting struct {
	r   io.Reader
	n   int64
	sum []byte
	// tee gets every byte (nil: nothing does).
	tee io.Writer
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.tee != nil && n > 0 {
		if _, err := c.tee.Write(p[:n]); err != nil {
			return n, err
		}
	}
	return n, err
}
