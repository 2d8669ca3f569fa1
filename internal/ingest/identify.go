package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/upload"
)

// TokenPrefix begins every upload token, so that it differs from other tokens and scanners find a leaked one.
const TokenPrefix = "lintel_up_"

// HashToken is what Lintel stores of an upload token. The secret is random and long, so it needs no slow hash.
func HashToken(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// grant is who sends a report, and what that sender may write.
type grant struct {
	repo       change.Repository
	connection int64
	by         string
	forge      change.Forge
	// claims are those of a job that proved its identity; an upload token sets token instead.
	claims *upload.Claims
	token  *upload.Token
	nonce  *upload.Nonce

	scope    upload.Scope
	measured string
	run      string
	attempt  int
	trust    report.Trust
	// drift is set when another commit than the head was measured.
	drift *upload.Drift
	// unseen is a change whose webhook for this head has not arrived yet.
	unseen *change.Ref
}

func (g grant) ref() change.Ref {
	return change.Ref{
		Key:        change.Key{Forge: g.forge, RepoID: g.repo.ID},
		Owner:      g.repo.Owner,
		Name:       g.repo.Name,
		Connection: g.connection,
	}
}

// identify finds out who sends and for which repository.
func (v *Receiver) identify(ctx context.Context, req upload.Request) (grant, error) {
	if req.Token == "" {
		return grant{}, upload.Refuse(upload.Unauthorised,
			"send \"Authorization: Bearer TOKEN\" with an OIDC token of GitHub Actions or an upload token", "there is no token")
	}
	if strings.HasPrefix(req.Token, TokenPrefix) {
		return v.byToken(ctx, req)
	}
	return v.byClaims(ctx, req)
}

func (v *Receiver) byToken(ctx context.Context, req upload.Request) (grant, error) {
	t, err := v.options.Tokens.TokenBy(ctx, HashToken(req.Token))
	if err != nil && !errors.Is(err, change.ErrNotFound) {
		return grant{}, err
	}
	if err != nil || !t.Alive(v.options.Now()) {
		return grant{}, upload.Refuse(upload.Unauthorised, "make one with \"lintel token create OWNER/REPOSITORY\" on the server",
			"the upload token is not known, has ended or was revoked")
	}
	g := grant{
		token:   &t,
		by:      fmt.Sprintf("token %s (%s)", t.ID, t.Name),
		run:     req.Run,
		attempt: max(req.Attempt, 1),
		trust:   report.FullTrust,
	}
	if err := v.repository(ctx, t.Forge, t.RepoID, &g); err != nil {
		return g, err
	}
	if req.Repository != "" && !strings.EqualFold(req.Repository, g.repo.Owner+"/"+g.repo.Name) {
		return g, upload.Refuse(upload.OtherRepo, "use the token of the repository that the report is of",
			"the upload token belongs to another repository than %s", clip(req.Repository))
	}
	return g, nil
}

func (v *Receiver) byClaims(ctx context.Context, req upload.Request) (grant, error) {
	c, err := v.options.Verifier.Verify(ctx, req.Token)
	if err != nil {
		return grant{}, err
	}
	g := grant{claims: &c, nonce: &c.Nonce, by: "github-actions", run: c.Run, attempt: max(c.Attempt, 1), trust: report.FullTrust}
	if c.Forge == change.GitLab {
		g.by = "gitlab-ci"
	}
	if err := v.repository(ctx, c.Forge, c.RepoID, &g); err != nil || c.Forge == change.GitLab {
		return g, err
	}
	// A repository keeps its id when it moves to another owner, and that webhook may not have arrived yet. Until Lintel
	// knows the owner, it accepts nobody.
	if g.repo.OwnerID == 0 || g.repo.OwnerID != c.OwnerID {
		return g, upload.Refuse(upload.UnknownRepo,
			"send it again when the App has heard of the repository's owner, by any event such as a push",
			"the token's repository %s has another owner than the one that the App knows", clip(c.Repository))
	}
	if req.Repository != "" && !strings.EqualFold(req.Repository, c.Repository) &&
		!strings.EqualFold(req.Repository, g.repo.Owner+"/"+g.repo.Name) {
		return g, upload.Refuse(upload.OtherRepo, "leave the parameter repository out; the token names the repository",
			"the token is of %s, not of %s", clip(c.Repository), clip(req.Repository))
	}
	return g, nil
}

func (v *Receiver) repository(ctx context.Context, forge change.Forge, id int64, g *grant) error {
	g.forge = forge
	repo, connection, err := v.options.Store.Owned(ctx, forge, id, "")
	if err != nil && !errors.Is(err, change.ErrNotFound) {
		return err
	}
	if err != nil || id <= 0 {
		return upload.Refuse(upload.UnknownRepo, "install the App on the repository",
			"the App is not installed on the repository that the token is of")
	}
	g.repo, g.connection = repo, connection
	return nil
}

// allow decides what the sender may write: for which commit, for which change, and which commit was measured.
func (v *Receiver) allow(ctx context.Context, req *upload.Request, g *grant) error {
	switch {
	case g.token != nil:
		return v.allowToken(ctx, req, g)
	case g.forge == change.GitLab:
		return v.allowPipeline(ctx, req, g)
	case g.claims.Event == "pull_request":
		return v.allowPull(ctx, req, g)
	}
	return allowBranch(req, g)
}

// allowToken: an upload token may write for every commit of its repository, and base reports if it was made for them.
func (v *Receiver) allowToken(ctx context.Context, req *upload.Request, g *grant) error {
	g.scope = upload.ByToken
	switch {
	case req.SHA == "":
		return upload.Refuse(upload.Malformed, "send sha, the head of the change or branch", "the commit is missing")
	case req.Base && !g.token.Base:
		return upload.Refuse(upload.BaseForbidden,
			"make a token with \"lintel token create --base\", and give it only to jobs of protected branches",
			"this upload token may not write base reports")
	case req.Base:
		g.scope = upload.Commit
	}
	if g.measured = req.SHA; req.Measured == "" || req.Measured == req.SHA || req.Kind == upload.Final {
		return nil
	}
	if req.Base {
		return upload.Refuse(upload.Unmappable, "send the report for the commit that was measured",
			"a base report is of the commit that was measured, and sha and measured_sha differ")
	}
	g.measured = req.Measured
	return v.driftFrom(ctx, req.SHA, req.Measured, g)
}

// allowPull: a run on refs/pull/N/merge may write for N's current head, for N alone, and never base reports.
// The token's commit is the merge of that head into its base.
func (v *Receiver) allowPull(ctx context.Context, req *upload.Request, g *grant) error {
	c := g.claims
	n, ok := upload.PullOf(c.Ref)
	switch {
	case !ok || !upload.IsSHA(c.SHA):
		return upload.Refuse(upload.Forbidden, "send reports from runs on pull_request or push",
			"the token of a pull_request event names ref %q and commit %q", clip(c.Ref), clip(c.SHA))
	case req.Base:
		return upload.Refuse(upload.BaseForbidden, "send base reports from a run on push",
			"a run on a change may not write base reports")
	case req.SHA == "":
		return upload.Refuse(upload.Malformed, "send sha, which is github.event.pull_request.head.sha",
			"the head of the change is missing")
	}
	return v.allowHead(ctx, req, g, n)
}

// allowHead: the run of a change, which its token proved, may write for that change's current head. The run's commit is the
// head, or a merge of it into its base.
func (v *Receiver) allowHead(ctx context.Context, req *upload.Request, g *grant, n int) error {
	c := g.claims
	ref := g.ref()
	ref.Number = n
	if err := v.isHead(ctx, ref, req.SHA, g); err != nil {
		return err
	}
	if req.Measured == "" {
		req.Measured = c.SHA
	}
	if req.Measured != req.SHA && req.Measured != c.SHA {
		return upload.Refuse(upload.NotTheHead, "send measured_sha as \"git rev-parse HEAD\" says it where the tests ran",
			"commit %s is neither the head nor the merge commit of this run", change.Short(req.Measured))
	}
	if err := v.driftFrom(ctx, req.SHA, c.SHA, g); err != nil {
		return err
	}
	g.scope, g.measured = upload.ForPull(n), req.Measured
	if g.measured == req.SHA {
		g.drift = nil // the run proved that it belongs to this head, and it measured exactly that
	}
	return nil
}

// isHead checks that a commit is the current head of a change. Our record may be behind, so it asks the forge when
// the record differs.
func (v *Receiver) isHead(ctx context.Context, ref change.Ref, sha string, g *grant) error {
	record, err := v.options.Store.Record(ctx, ref.Key)
	if err != nil && !errors.Is(err, change.ErrNotFound) {
		return err
	}
	if err == nil && record.State == change.Open && record.Head.SHA == sha {
		return nil
	}
	head, state, err := v.options.Forge.Head(ctx, ref)
	if err != nil {
		return err
	}
	switch {
	case state != change.Open:
		return upload.Refuse(upload.HeadMoved, "nothing is to be done: no verdict is needed any more", "change #%d is not open",
			ref.Number)
	case head.SHA != sha:
		return upload.Refuse(upload.HeadMoved, "nothing is to be done when the newer head has a run of its own",
			"commit %s is not the head of change #%d, which is %s now", change.Short(sha), ref.Number, change.Short(head.SHA))
	}
	g.unseen = &ref
	return nil
}

// driftFrom compares the head with a merge commit, and checks that it merges that head.
func (v *Receiver) driftFrom(ctx context.Context, head, measured string, g *grant) error {
	if head == measured {
		return nil
	}
	d, err := v.options.Forge.Drift(ctx, g.ref(), head, measured)
	if err != nil {
		return err
	}
	if !d.Contains || !d.Merges {
		return upload.Refuse(upload.NotTheHead, "send the report from the run of the head that it is about",
			"commit %s was measured, which does not merge head %s", change.Short(measured), change.Short(head))
	}
	g.drift = &d
	return nil
}

// branchEvents run on the tip of a branch, by the workflow of that very commit.
var branchEvents = map[string]bool{"push": true, "merge_group": true, "schedule": true, "workflow_dispatch": true}

// allowBranch: a run on a branch may write for the commit that its token names. Others, such as pull_request_target,
// run with the rights of one commit on the code of another, and are not trusted.
func allowBranch(req *upload.Request, g *grant) error {
	c := g.claims
	return allowCommit(req, g, branchEvents[c.Event] && strings.HasPrefix(c.Ref, "refs/heads/") && upload.IsSHA(c.SHA),
		"send reports from runs on pull_request, push or merge_group")
}

func allowCommit(req *upload.Request, g *grant, onBranch bool, otherwise string) error {
	c := g.claims
	if !onBranch {
		return upload.Refuse(upload.Forbidden, otherwise, "a run on %q of %q may not write reports", clip(c.Event), clip(c.Ref))
	}
	if req.SHA == "" {
		req.SHA = c.SHA
	}
	if req.SHA != c.SHA || req.Measured != "" && req.Measured != c.SHA {
		return upload.Refuse(upload.NotTheHead, "send the report from the run of the commit that it is about",
			"the token is of commit %s, and the report of another", change.Short(c.SHA))
	}
	g.scope, g.measured = upload.Commit, c.SHA
	return nil
}

// clip shortens a client's text and removes control characters, for logs.
func clip(s string) string { return text.ClipBytes(plain(s), 100) }

func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, ""))
}

// Reporter finds out who sends something about production, and of which repository. A run on a change may run what
// anybody wrote, so it can tell nothing of production. The error is an *upload.Refusal.
func (v *Receiver) Reporter(ctx context.Context, token, repository string) (repo change.Repository, by string, err error) {
	g, err := v.identify(ctx, upload.Request{Token: token, Repository: repository})
	if err != nil {
		return repo, "", asRefusal(err)
	}
	if g.claims != nil && (strings.HasPrefix(g.claims.Event, "pull_request") || strings.Contains(g.claims.Event, "merge_request")) {
		return repo, "", upload.Refuse(upload.Forbidden, "send it from a run on push, release, deployment or workflow_dispatch",
			"a run on a change cannot tell of production")
	}
	return g.repo, g.by, nil
}

// Waiting finds out which change a job may ask about: the change that its token names, or, by an upload token, any
// of its repository. The error is an *upload.Refusal.
func (v *Receiver) Waiting(ctx context.Context, token, repository, sha string, number int) (change.Key, error) {
	g, err := v.identify(ctx, upload.Request{Token: token, Repository: repository})
	if err != nil {
		return change.Key{}, asRefusal(err)
	}
	if !upload.IsSHA(sha) {
		return change.Key{}, upload.Refuse(upload.Malformed, "send sha, the head of the change", "the head is missing")
	}
	if g.forge == change.GitLab && g.claims != nil && sha != g.claims.SHA {
		// A pipeline of merged results runs on a merge of the head.
		if err := v.driftFrom(ctx, sha, g.claims.SHA, &g); err != nil {
			return change.Key{}, asRefusal(err)
		}
	}
	if g.claims != nil && g.forge != change.GitLab {
		n, ok := upload.PullOf(g.claims.Ref)
		if !ok || g.claims.Event != "pull_request" || number != 0 && number != n {
			return change.Key{}, upload.Refuse(upload.Forbidden, "ask from a run on pull_request, for its own pull request",
				"a run on %q of %q has no verdict to wait for", clip(g.claims.Event), clip(g.claims.Ref))
		}
		number = n
	}
	if number <= 0 {
		return change.Key{}, upload.Refuse(upload.Malformed, "send pull, the number of the change", "the change is missing")
	}
	ref := g.ref()
	ref.Number = number
	return ref.Key, nil
}
