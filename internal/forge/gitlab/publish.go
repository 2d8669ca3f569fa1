package gitlab

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// Apply carries out an effect. With tried it may have been carried out before, so GitLab is searched for it first. It is
// safe to repeat.
func (f *Forge) Apply(ctx context.Context, e effect.Effect, tried bool) (effect.Receipt, error) {
	switch {
	case e.Check != nil:
		return f.applyCheck(ctx, e, tried)
	case e.Comment != nil:
		return f.applyNote(ctx, e, tried)
	case e.Inline != nil:
		return f.applyThread(ctx, e, tried)
	}
	return effect.Receipt{}, fmt.Errorf("effect %s intends nothing", e.Key)
}

func (f *Forge) receipt(e effect.Effect, id effect.ID, url string, found bool) effect.Receipt {
	return effect.Receipt{Key: e.Key, RemoteID: id, URL: url, At: f.o.Now(), Found: found}
}

func sum(s string) string {
	d := sha256.Sum256([]byte(s))
	return hex.EncodeToString(d[:])
}

// noteMark begins the hidden last line of the one note that Lintel keeps on a merge request. It holds digests alone, and
// counts only in notes of Lintel's own user.
const noteMark = "<!-- lintel:note:v1 "

// quick matches a line that GitLab would carry out as a command in the name of whoever writes it.
// https://docs.gitlab.com/user/project/quick_actions/
var quick = lazyregexp.New(`^\s*/[A-Za-z_]`)

// Lines that begin or end what Markdown takes for code or for HTML. All versions of GitLab see the plain ones alike; the others
// depend on what stands around them, and on the version: older ones look for code by an expression, newer ones by a parser.
var (
	opening = lazyregexp.New("^```[^`]*$")
	unclear = lazyregexp.New("^[\\s>*+.)0-9-]*(```|~~~)|^\\s*>>>")
	element = lazyregexp.New(`^[\s>*+.)0-9-]*<`)
	endless = lazyregexp.New(`(?i)<(pre|script|style|textarea|[!?])`)
)

// inert takes the meaning of a command off every line outside of code: what others wrote must not act in Lintel's name.
// From a line on of which it is not clear whether it begins or ends code, all lines are taken for text.
func inert(body string) string {
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(body), "\n")
	inside, clear, markup := false, true, false
	for i, line := range lines {
		switch {
		case clear && unclear.MatchString(line):
			begins, ends := !inside && !markup && opening.MatchString(line), inside && line == "```"
			clear = begins || ends
			inside = begins
		case inside:
		case quick.MatchString(line):
			lines[i] = strings.Replace(line, "/", `\/`, 1)
		case element.MatchString(line):
			markup = true
			clear = clear && (!endless.MatchString(line) || strings.Contains(line, "-->") || strings.Contains(line, "</"))
		case strings.TrimSpace(line) == "":
			markup = false
		}
	}
	if inside {
		lines = append(lines, "```")
	}
	return strings.Join(lines, "\n")
}

func (f *Forge) applyNote(ctx context.Context, e effect.Effect, tried bool) (effect.Receipt, error) {
	body := inert(e.Comment.Body)
	says, err := f.unheld(ctx, e, tried)
	if refused := new(change.Refused); errors.As(err, &refused) {
		says, err = notHeld, nil // another try would say the same, and people need the verdict all the same
	}
	if err != nil {
		return effect.Receipt{}, err
	}
	if says != "" {
		body += "\n\n" + says
	}
	body += "\n\n" + noteMark + sum(e.Key) + " -->"
	id := e.Comment.Edits.Number()
	if g := f.glimpse(e, tried); tried || id == 0 && (g == nil || g.notes != 0) {
		// Also before the first note: the record may have been restored from a backup, and one is all a merge request gets.
		ours, err := f.findNote(ctx, e.Ref)
		if err != nil {
			return effect.Receipt{}, err
		}
		if ours != nil {
			if id = ours.ID; strings.Contains(ours.Body, sum(e.Key)) {
				return f.noted(ctx, e, id, says, true)
			}
		}
	}
	if id != 0 {
		_, _, err := f.client.Notes.UpdateMergeRequestNote(e.Ref.RepoID, int64(e.Ref.Number), id,
			&gitlab.UpdateMergeRequestNoteOptions{Body: &body}, within(ctx))
		if err == nil {
			return f.noted(ctx, e, id, says, false)
		}
		if !isMissing(err) {
			return effect.Receipt{}, f.answer("edit our note", err)
		}
		// Somebody deleted it: make a new one.
	}
	made, _, err := f.client.Notes.CreateMergeRequestNote(e.Ref.RepoID, int64(e.Ref.Number),
		&gitlab.CreateMergeRequestNoteOptions{Body: &body}, within(ctx))
	if err != nil {
		return effect.Receipt{}, f.answer("write our note", err)
	}
	if made.ID == 0 {
		return effect.Receipt{}, emptyAnswer("write our note")
	}
	return f.noted(ctx, e, made.ID, says, false)
}

// findNote looks for our note: by our own user, with our mark. Another's note with a copied mark is not ours.
func (f *Forge) findNote(ctx context.Context, ref change.Ref) (*gitlab.Note, error) {
	self, err := f.Self(ctx)
	if err != nil {
		return nil, err
	}
	sort := "asc"
	list, err := pages(func(next ...gitlab.RequestOptionFunc) ([]*gitlab.Note, *gitlab.Response, error) {
		return f.client.Notes.ListMergeRequestNotes(
			ref.RepoID,
			int64(ref.Number),
			&gitlab.ListMergeRequestNotesOptions{
				Sort:        &sort,
				ListOptions: gitlab.ListOptions{PerPage: 100},
			},
			append(next, within(ctx))...)
	})
	for _, n := range list {
		if n.Author.ID == self && !n.System && strings.Contains(n.Body, noteMark) {
			return n, nil
		}
	}
	return nil, f.answer("look for our note", err)
}
