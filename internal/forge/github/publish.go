package github

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// batch is how many annotations GitHub takes in one call. https://docs.github.com/en/rest/checks/runs#create-a-check-run
const batch = 50

// Apply carries out an effect. With tried it may have been carried out before, so the remote is searched for its key first.
// It is safe to repeat: what stands already is found, what stands in part is completed.
func (f *Forge) Apply(ctx context.Context, e effect.Effect, tried bool) (effect.Receipt, error) {
	switch {
	case e.Check != nil:
		return f.applyCheck(ctx, e, tried)
	case e.Comment != nil:
		return f.applyComment(ctx, e, tried)
	case e.Inline != nil:
		return f.applyInlineComment(ctx, e, tried)
	}
	return effect.Receipt{}, fmt.Errorf("effect %s intends nothing", e.Key)
}

func (f *Forge) applyCheck(ctx context.Context, e effect.Effect, tried bool) (effect.Receipt, error) {
	client, c := f.installation(e.Ref.Connection), e.Check
	run, done := &github.CheckRun{}, 0
	found := false
	if tried {
		old, err := f.findCheck(ctx, client, e)
		if err != nil {
			return effect.Receipt{}, err
		}
		if old != nil {
			found, run = true, old
			if old.GetStatus() == string(c.Status) {
				return f.receipt(e, old.GetID(), old.GetHTMLURL(), true), nil
			}
			done = min(old.GetOutput().GetAnnotationsCount(), len(c.Annotations))
		}
	}
	// Annotations append, fifty a call. The run completes only with the last of them: nobody merges on a verdict that is half told.
	for first := true; first || done < len(c.Annotations); first = false {
		next := min(done+batch, len(c.Annotations))
		last := next == len(c.Annotations)
		sent, err := f.sendCheck(ctx, client, e, cmp.Or(run.GetID(), c.Continues.Number()), c.Annotations[done:next], last)
		if first && run.GetID() == 0 && c.Continues != "" && isMissing(err) {
			// The run in progress cannot be continued. A new one of the same name takes its place; without it the old
			// one would never be concluded.
			sent, err = f.sendCheck(ctx, client, e, 0, c.Annotations[done:next], last)
		}
		if err != nil {
			return effect.Receipt{}, err
		}
		run, done = sent, next
	}
	return f.receipt(e, run.GetID(), run.GetHTMLURL(), found), nil
}

func (f *Forge) receipt(e effect.Effect, id int64, url string, found bool) effect.Receipt {
	return effect.Receipt{Key: e.Key, RemoteID: effect.NumberID(id), URL: url, At: f.Now(), Found: found}
}

// sendCheck makes the run, or adds to the one with this id.
func (f *Forge) sendCheck(ctx context.Context, client *github.Client, e effect.Effect, id int64, annotations []effect.Annotation,
	last bool) (*github.CheckRun, error) {
	c := e.Check
	status, conclusion, completed := string(c.Status), (*string)(nil), (*github.Timestamp)(nil)
	if c.Status == effect.Completed {
		if last {
			conclusion, completed = github.String(string(c.Conclusion)), &github.Timestamp{Time: f.Now()}
		} else {
			status = string(effect.InProgress)
		}
	}
	output := &github.CheckRunOutput{Title: github.String(c.Title), Summary: github.String(c.Summary)}
	if c.Text != "" {
		output.Text = github.String(c.Text)
	}
	for _, a := range annotations {
		output.Annotations = append(output.Annotations, annotation(a))
	}
	var actions []*github.CheckRunAction
	for _, b := range c.Buttons {
		actions = append(actions, &github.CheckRunAction{Label: b.Label, Description: b.Description, Identifier: b.ID})
	}
	details := (*string)(nil)
	if c.DetailsURL != "" {
		details = github.String(c.DetailsURL)
	}
	doing := fmt.Sprintf("publish check %q on %s", c.Name, change.Short(c.SHA))
	if id == 0 {
		made, _, err := client.Checks.CreateCheckRun(ctx, e.Ref.Owner, e.Ref.Name, github.CreateCheckRunOptions{
			Name: c.Name, HeadSHA: c.SHA, Status: &status, Conclusion: conclusion, CompletedAt: completed,
			StartedAt:  &github.Timestamp{Time: c.StartedAt.UTC().Truncate(time.Millisecond)},
			ExternalID: &e.Key, DetailsURL: details, Output: output, Actions: actions})
		return f.stands(doing, made, err)
	}
	run, _, err := client.Checks.UpdateCheckRun(ctx, e.Ref.Owner, e.Ref.Name, id, github.UpdateCheckRunOptions{
		Name: c.Name, Status: &status, Conclusion: conclusion, CompletedAt: completed, ExternalID: &e.Key, DetailsURL: details,
		Output: output, Actions: actions})
	return f.stands(doing, run, err)
}

// stands is a run as GitHub answered it, if it did.
func (f *Forge) stands(doing string, run *github.CheckRun, err error) (*github.CheckRun, error) {
	if err == nil && run.GetID() == 0 {
		return nil, emptyAnswer(doing)
	}
	return run, f.answer(doing, err)
}

func annotation(a effect.Annotation) *github.CheckRunAnnotation {
	// GitHub wants a line; a finding about a whole file stands at its first.
	line, end := max(a.Line, 1), max(a.EndLine, a.Line, 1)
	return &github.CheckRunAnnotation{Path: github.String(a.Path), StartLine: github.Int(line), EndLine: github.Int(end),
		AnnotationLevel: github.String(string(a.Level)), Title: github.String(a.Title), Message: github.String(a.Message)}
}

// findCheck looks for a run that carries the effect's key. Only runs of our own App are looked at: any workflow can take our check's name.
func (f *Forge) findCheck(ctx context.Context, client *github.Client, e effect.Effect) (*github.CheckRun, error) {
	opts := &github.ListCheckRunsOptions{
		CheckName:   &e.Check.Name,
		Filter:      github.String("all"),
		AppID:       &f.AppID,
		ListOptions: github.ListOptions{PerPage: page},
	}
	for {
		runs, resp, err := client.Checks.ListCheckRunsForRef(ctx, e.Ref.Owner, e.Ref.Name, e.Check.SHA, opts)
		if err != nil {
			return nil, f.answer("look for a published check", err)
		}
		if runs == nil || runs.Total == nil {
			return nil, emptyAnswer("look for a published check")
		}
		for _, run := range runs.CheckRuns {
			if run.GetExternalID() == e.Key {
				return run, nil
			}
		}
		if resp.NextPage == 0 {
			return nil, nil
		}
		opts.Page = resp.NextPage
	}
}

// marker is the hidden line that makes our comment known again. It carries digests alone, so no text of others can end the comment early.
var marker = lazyregexp.New(`<!-- lintel:comment:v1 key=([0-9a-f]{64}) -->`)

func mark(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "<!-- lintel:comment:v1 key=" + hex.EncodeToString(sum[:]) + " -->"
}

func (f *Forge) applyComment(ctx context.Context, e effect.Effect, tried bool) (effect.Receipt, error) {
	client, c := f.installation(e.Ref.Connection), e.Comment
	id, body := c.Edits.Number(), c.Body+"\n\n"+mark(e.Key)
	if tried || id == 0 {
		// Also before the first comment: the record may have been restored from a backup, and one comment is all a pull request gets.
		ours, err := f.findComment(ctx, client, e.Ref)
		if err != nil {
			return effect.Receipt{}, err
		}
		if ours != nil {
			id = ours.GetID()
			if strings.Contains(ours.GetBody(), mark(e.Key)) {
				return f.receipt(e, id, ours.GetHTMLURL(), true), nil
			}
		}
	}
	if id != 0 {
		comment, _, err := client.Issues.EditComment(ctx, e.Ref.Owner, e.Ref.Name, id, &github.IssueComment{Body: &body})
		if err == nil && comment.GetID() == 0 {
			return effect.Receipt{}, emptyAnswer("edit our comment")
		}
		if err == nil {
			return f.receipt(e, comment.GetID(), comment.GetHTMLURL(), false), nil
		}
		if !isMissing(err) {
			return effect.Receipt{}, f.answer("edit our comment", err)
		}
		// Somebody deleted it, as its own address says too: make a new one.
		if _, _, getErr := client.Issues.GetComment(ctx, e.Ref.Owner, e.Ref.Name, id); !isMissing(getErr) {
			return effect.Receipt{}, f.answer("edit our comment", cmp.Or(getErr, err))
		}
	}
	comment, _, err := client.Issues.CreateComment(ctx, e.Ref.Owner, e.Ref.Name, e.Ref.Number, &github.IssueComment{Body: &body})
	if err != nil {
		return effect.Receipt{}, f.answer("comment", err)
	}
	if comment.GetID() == 0 {
		return effect.Receipt{}, emptyAnswer("comment")
	}
	return f.receipt(e, comment.GetID(), comment.GetHTMLURL(), false), nil
}

// findComment looks for our comment: by our App, with our marker. A comment of another author with a copied marker is not ours.
func (f *Forge) findComment(ctx context.Context, client *github.Client, ref change.Ref) (*github.IssueComment, error) {
	slug, err := f.Slug(ctx)
	if err != nil {
		return nil, err
	}
	opts := &github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: page}}
	for {
		comments, resp, err := client.Issues.ListComments(ctx, ref.Owner, ref.Name, ref.Number, opts)
		if err != nil {
			return nil, f.answer("look for our comment", err)
		}
		if comments == nil {
			return nil, emptyAnswer("look for our comment")
		}
		for _, c := range comments {
			if c.GetUser().GetLogin() == slug+"[bot]" && c.GetUser().GetType() == "Bot" && marker.MatchString(c.GetBody()) {
				return c, nil
			}
		}
		if resp.NextPage == 0 {
			return nil, nil
		}
		opts.Page = resp.NextPage
	}
}

// Slug is the App's name in URLs; its comments are by "slug[bot]". It is read once.
func (f *Forge) Slug(ctx context.Context) (string, error) {
	f.identity.Lock()
	defer f.identity.Unlock()
	if f.slug == "" {
		app, _, err := f.app.Apps.Get(ctx, "")
		if err != nil {
			return "", f.answer("read the App", err)
		}
		if app.GetSlug() == "" {
			return "", emptyAnswer("read the App")
		}
		f.slug = app.GetSlug()
	}
	return f.slug, nil
}
