package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/diff"
)

// maxReviewed bounds how many older approved heads are read.
const maxReviewed = 20

// reviewed reads the change as it stood at each older head that somebody approved, with modes on both sides:
// the comparison does not show a changed mode. It returns the files of the change as it stands now, with their modes.
func (rd *reading) reviewed(ctx context.Context) ([]diff.File, error) {
	rd.expect()
	heads := olderApprovedHeads(rd.s.Reviews, rd.s.Head.SHA)
	if len(heads) == 0 {
		return rd.s.Files, nil
	}
	if len(heads) > maxReviewed {
		rd.addGap("owners.reviewed", "", fmt.Sprintf("%d older heads were approved; the newest %d were read", len(heads), maxReviewed))
		heads = heads[len(heads)-maxReviewed:]
	}
	olds := make([]change.Reviewed, len(heads))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	// A copy: others read the files meanwhile.
	files := slices.Clone(rd.s.Files)
	g.Go(func() error { return rd.modes(gctx, files, rd.s.MergeBase, rd.s.Head.SHA) })
	for i, head := range heads {
		g.Go(func() (err error) {
			olds[i], err = rd.at(gctx, head)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for i, head := range heads {
		rd.s.Reviewed[head] = olds[i]
	}
	return files, nil
}

// maxExpected bounds how many paths are asked for on the strength of the last look: more than one question of stat would be a wager.
const maxExpected = 100

// expect remembers the paths whose modes the next head will be asked for: once somebody approved, a push brings the question whether the
// approval still holds, and the push rarely touches other files than the change did before.
func (rd *reading) expect() {
	approved := slices.ContainsFunc(rd.s.Reviews, func(v change.Review) bool { return v.State == change.Approved })
	var paths []string
	for _, f := range rd.s.Files {
		if f.Status != diff.Removed {
			paths = append(paths, f.Path)
		}
	}
	if !approved || len(paths) > maxExpected {
		paths = nil
	}
	rd.expected.put(rd.r.Key, expected{rd.s.Head.SHA, paths})
}

// expected are the paths that a change had at a head.
type expected struct {
	head  string
	paths []string
}

// prefetchModes reads, in parallel with the pull request, the modes that are needed if the hinted head is right: it saves a round trip,
// no call. Its failure is not an error of the change: reviewed reads again what is missing.
func (rd *reading) prefetchModes(ctx context.Context, head string) error {
	last, ok := rd.expected.get(rd.r.Key)
	if !ok || len(last.paths) == 0 || last.head == head {
		return nil
	}
	_, err := rd.stat(ctx, map[string][]string{head: last.paths})
	var limited *change.Limited
	if errors.As(err, &limited) {
		return err
	}
	return nil
}

// olderApprovedHeads lists the commits, oldest review first, at which an approval that could still stand was given.
func olderApprovedHeads(reviews []change.Review, head string) []string {
	var heads []string
	for _, r := range reviews {
		if r.State == change.Approved && r.Commit != "" && r.Commit != head && !slices.Contains(heads, r.Commit) {
			heads = append(heads, r.Commit)
		}
	}
	return heads
}

func (rd *reading) at(ctx context.Context, head string) (change.Reviewed, error) {
	gone := change.Reviewed{Head: head, Files: []diff.File{}}
	c, err := rd.compare(ctx, rd.s.Base.SHA, head)
	var unread *change.Unread
	var unrelated *change.Unrelated
	switch {
	case errors.As(err, &unrelated):
		gone.Reason = "the commit has no ancestor in common with the base"
		return gone, nil
	case errors.As(err, &unread):
		return rd.unreadHead(ctx, head, gone, "GitHub does not show what the change was at that commit")
	case err != nil:
		return gone, err
	}
	if c.Cut {
		gone.Reason = fmt.Sprintf("the change had %d files or more at that commit", compareFiles)
		return gone, nil
	}
	files, err := rd.complete(ctx, slices.Clone(c.Entries), c.MergeBase, head, func(string, string, string) {})
	if err != nil {
		return gone, err
	}
	if err := rd.modes(ctx, files, c.MergeBase, head); err != nil {
		if errors.Is(err, errNoCommit) {
			return rd.unreadHead(ctx, head, gone, "GitHub does not show the files of that commit")
		}
		return gone, err
	}
	return change.Reviewed{Head: head, MergeBase: c.MergeBase, Files: files, Complete: true}, nil
}

// unreadHead says why an older head cannot be read: its commit is gone, as the commit's own address says, or it is not known
// and may be read at another try.
func (rd *reading) unreadHead(ctx context.Context, head string, old change.Reviewed, otherwise string) (change.Reviewed, error) {
	none, err := rd.isMissingCommit(ctx, head)
	if err != nil {
		return old, err
	}
	if old.Reason = "the commit can no longer be read"; !none {
		old.Reason = otherwise
		rd.addPassingGap("owners.reviewed", head, otherwise)
	}
	return old, nil
}

// isMissingCommit reports whether the repository does not have a commit, asked at the commit's own address.
func (rd *reading) isMissingCommit(ctx context.Context, sha string) (bool, error) {
	doing := "read commit " + change.Short(sha)
	c, _, err := rd.installation(rd.r.Connection).Git.GetCommit(ctx, rd.r.Owner, rd.r.Name, sha)
	if isMissing(err) || isStatus(err, http.StatusUnprocessableEntity) {
		return true, nil
	}
	if err == nil && c.GetSHA() == "" {
		return false, emptyAnswer(doing)
	}
	return false, rd.answer(doing, err)
}

// modes reads the modes of files that do not have them yet.
func (rd *reading) modes(ctx context.Context, files []diff.File, before, after string) error {
	var olds, news []string
	for _, f := range files {
		if f.Mode == "" && f.Status != diff.Removed {
			news = append(news, f.Path)
		}
		if f.OldMode == "" && f.Status != diff.Added {
			olds = append(olds, oldName(f))
		}
	}
	want := map[string][]string{}
	if len(olds) > 0 {
		want[before] = olds
	}
	if len(news) > 0 {
		want[after] = news
	}
	if len(want) == 0 {
		return nil
	}
	stats, err := rd.stat(ctx, want)
	if err != nil {
		return err
	}
	for i := range files {
		f := &files[i]
		if st := stats[after][f.Path]; st != nil && f.Mode == "" && f.Status != diff.Removed {
			f.Mode, f.Blob = octal(st.Mode), st.OID
		}
		if st := stats[before][oldName(*f)]; st != nil && f.OldMode == "" && f.Status != diff.Added {
			f.OldMode, f.OldBlob = octal(st.Mode), st.OID
		}
	}
	return nil
}

func oldName(f diff.File) string {
	if f.OldPath != "" {
		return f.OldPath
	}
	return f.Path
}

// people reads the teams and accounts that the code owners' rules need.
func (rd *reading) people(ctx context.Context) error {
	rd.s.Teams, rd.s.Owners, rd.s.Emails = map[string]change.Team{}, map[string]change.OwnerAccount{}, map[string][]string{}
	var need owners
	for _, place := range controls.Owners() {
		if f, ok := rd.s.Controls.Files[place.Path]; ok {
			if f.Content != nil {
				need = ownersOf(rd.Forge.Owners(f.Content, changedPaths(rd.s.Files)))
			}
			break
		}
	}
	if o := rd.s.ProposedOwners; o != nil && o.Content != nil {
		teams, users, _ := rd.Forge.Owners(o.Content, nil)
		need.teams, need.users = append(need.teams, teams...), append(need.users, users...)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return rd.readAccounts(gctx, need.users) })
	g.Go(func() error { return rd.readTeams(gctx, need.teams) })
	g.Go(func() error { return rd.readEmails(gctx, need.emails) })
	return g.Wait()
}

func changedPaths(files []diff.File) []string {
	paths := make([]string, 0, len(files))
	for _, f := range files {
		paths = append(paths, f.Path)
		if f.OldPath != "" {
			paths = append(paths, f.OldPath)
		}
	}
	return paths
}

// maxAccounts bounds how many accounts are read for one change.
const maxAccounts = 200

func (rd *reading) readAccounts(ctx context.Context, logins []string) error {
	logins = uniqueLower(logins)
	if len(logins) > maxAccounts {
		rd.addGap("owners.account", "", fmt.Sprintf("CODEOWNERS names %d people, %d were looked up", len(logins), maxAccounts))
		logins = logins[:maxAccounts]
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for _, login := range logins {
		g.Go(func() error {
			account, err := rd.account(gctx, login)
			if rd.personal != nil && isStatus(err, http.StatusForbidden) {
				rd.addGap("owners.account", login,
					"the token may not see what "+login+" may do here; it takes one of somebody who may push")
				return nil
			}
			var unread *change.Unread
			if errors.As(err, &unread) {
				rd.addPassingGap("owners.account", login, unread.What)
				return nil
			}
			if err != nil {
				return err
			}
			rd.mu.Lock()
			defer rd.mu.Unlock()
			rd.s.Owners[login] = account
			return nil
		})
	}
	return g.Wait()
}

// account reads what a person may do in the repository, or takes what is kept. The login is in lower case.
func (rd *reading) account(ctx context.Context, login string) (change.OwnerAccount, error) {
	key := accountKey{rd.r.Connection, rd.r.RepoID, login}
	kept, ok := rd.accounts.get(key)
	if ok && rd.fresh(kept.at) {
		return kept.value, nil
	}
	doing := "read permission of " + login
	level, _, err := rd.installation(rd.r.Connection).Repositories.GetPermissionLevel(ctx, rd.r.Owner, rd.r.Name, login)
	switch {
	case isMissing(err):
		// An owner that is not there owns nothing, so that must not be taken from one answer: the account has an address of its own.
		if there, err := rd.person(ctx, login); err != nil || there {
			return change.OwnerAccount{},
				cmp.Or(err,
					error(
						&change.Unread{
							What:   "GitHub does not show what " + login + " may do here, who is there",
							Remedy: "check that the App may read metadata",
						}))
		}
		kept.value = change.OwnerAccount{}
	case err != nil:
		return change.OwnerAccount{}, rd.answer(doing, err)
	case level.GetPermission() == "":
		return change.OwnerAccount{}, emptyAnswer(doing)
	default:
		write := level.GetPermission() == "write" || level.GetPermission() == "admin"
		kept.value = change.OwnerAccount{Exists: true, CanWrite: &write}
	}
	kept.at = rd.Now()
	rd.unlessForgotten(func() { rd.accounts.put(key, kept) })
	return kept.value, nil
}

// person reports whether an account that could own code is there: a user or a bot, and not an organisation.
func (rd *reading) person(ctx context.Context, login string) (bool, error) {
	doing := "read account " + login
	u, _, err := rd.installation(rd.r.Connection).Users.Get(ctx, login)
	switch {
	case isMissing(err):
		return false, nil
	case err != nil:
		return false, rd.answer(doing, err)
	case u.GetLogin() == "":
		return false, emptyAnswer(doing)
	}
	return u.GetType() != "Organization", nil
}

func uniqueLower(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.ToLower(n)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// readEmails finds the people behind owners named by address: approvers whose public address it is. GitHub knows
// private addresses, too, and does not tell them.
func (rd *reading) readEmails(ctx context.Context, emails []string) error {
	if len(emails) == 0 {
		return nil
	}
	seen := map[string]bool{}
	for _, r := range rd.s.Reviews {
		login := strings.ToLower(r.Author.Login)
		if r.State != change.Approved || r.Author.Bot || seen[login] {
			continue
		}
		seen[login] = true
		user, _, err := rd.installation(rd.r.Connection).Users.Get(ctx, r.Author.Login)
		if isMissing(err) {
			rd.addPassingGap("owners.account", login,
				"GitHub does not show the account of "+login+", who approved, so their address is not known")
			continue
		}
		if err != nil {
			return rd.answer("read account "+login, err)
		}
		if user.GetLogin() == "" {
			return emptyAnswer("read account " + login)
		}
		for _, e := range emails {
			if strings.EqualFold(user.GetEmail(), e) {
				rd.s.Emails[strings.ToLower(e)] = append(rd.s.Emails[strings.ToLower(e)], r.Author.Login)
			}
		}
	}
	return nil
}
