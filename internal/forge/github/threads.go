package github

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// threadFragment reads what people did about an inline comment: whether its thread is resolved, and thumbs. Reactions
// have no webhook, so they are read beside what is read anyway; each thread has few, and what is beyond the first
// twenty is left.
const threadFragment = `fragment thread on PullRequestReviewThread {
  id
  isResolved
  resolvedBy { login }
  comments(first: 1) {
    nodes {
      fullDatabaseId
      author { __typename login }
      reactions(first: 20) { nodes { databaseId content createdAt user { login } } }
    }
  }
}`

type graphThreads struct {
	PageInfo struct {
		HasNextPage bool   `json:"hasNextPage"`
		EndCursor   string `json:"endCursor"`
	} `json:"pageInfo"`
	Nodes []graphThread `json:"nodes"`
}

type graphThread struct {
	ID         string      `json:"id"`
	IsResolved bool        `json:"isResolved"`
	ResolvedBy *graphLogin `json:"resolvedBy"`
	Comments   struct {
		Nodes []graphReviewComment `json:"nodes"`
	} `json:"comments"`
}

type graphReviewComment struct {
	ID        string       `json:"fullDatabaseId"`
	Author    *graphAuthor `json:"author"`
	Reactions struct {
		Nodes []graphReaction `json:"nodes"`
	} `json:"reactions"`
}

type graphReaction struct {
	DatabaseID int64       `json:"databaseId"`
	Content    string      `json:"content"`
	CreatedAt  time.Time   `json:"createdAt"`
	User       *graphLogin `json:"user"`
}

// root is the id of the comment that began the thread; 0 when it is gone.
func (t graphThread) root() int64 {
	if len(t.Comments.Nodes) == 0 {
		return 0
	}
	id, err := strconv.ParseInt(t.Comments.Nodes[0].ID, 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// addThreads takes over what people did about comments by Apps; which of them are ours the record knows by id.
func (rd *reading) addThreads(threads []graphThread) {
	for _, t := range threads {
		id := t.root()
		if id == 0 || t.Comments.Nodes[0].Author == nil || t.Comments.Nodes[0].Author.Typename != "Bot" {
			continue
		}
		seen := change.Feedback{Comment: id, Kind: change.FeedbackUnresolved, Role: change.RoleUnknown, At: rd.s.TakenAt}
		if t.IsResolved {
			// Only the author and people with write permission can resolve a thread.
			seen.Kind = change.FeedbackResolved
			if t.ResolvedBy != nil {
				seen.Actor, seen.Role = t.ResolvedBy.Login, rd.role(t.ResolvedBy.Login, change.RoleWriter)
			}
		}
		rd.s.Feedback = append(rd.s.Feedback, seen)
		for _, r := range t.Comments.Nodes[0].Reactions.Nodes {
			kind, ok := map[string]change.FeedbackKind{"THUMBS_UP": change.FeedbackThumbsUp,
				"THUMBS_DOWN": change.FeedbackThumbsDown}[r.Content]
			if !ok || r.User == nil {
				continue
			}
			rd.s.Feedback = append(rd.s.Feedback,
				change.Feedback{
					Comment: id,
					Kind:    kind,
					Actor:   r.User.Login,
					Role:    rd.role(r.User.Login, change.RoleUnknown),
					At:      r.CreatedAt,
					Source:  "reaction:" + strconv.FormatInt(r.DatabaseID, 10),
				})
		}
	}
}

func (rd *reading) role(login string, otherwise change.Role) change.Role {
	if rd.s.Author != nil && strings.EqualFold(login, rd.s.Author.Login) {
		return change.RoleAuthor
	}
	return otherwise
}

// maxVoters bounds how many people's permissions are read because of their thumbs in one look; the rest are read at the next.
const maxVoters = 5

// readVoterRoles reads what the people may do who are against a comment, as it depends on that whether it counts. What cannot
// be read stays unknown: a verdict does not wait for it, and the next look asks again.
func (rd *reading) readVoterRoles(ctx context.Context) {
	roles := map[string]change.Role{}
	for i := range rd.s.Feedback {
		feedback := &rd.s.Feedback[i]
		if feedback.Kind != change.FeedbackThumbsDown || feedback.Role != change.RoleUnknown {
			continue
		}
		login := strings.ToLower(feedback.Actor)
		role, known := roles[login]
		if !known {
			if len(roles) == maxVoters {
				continue
			}
			role = change.RoleUnknown
			if account, err := rd.account(ctx, login); err == nil {
				role = change.RoleReader
				if account.CanWrite != nil && *account.CanWrite {
					role = change.RoleWriter
				}
			}
			roles[login] = role
		}
		feedback.Role = role
	}
}

// Permission says whether somebody may write to a change's repository, read now: it is asked before an act that rests on it.
func (f *Forge) Permission(ctx context.Context, ref change.Ref, login string) (write bool, err error) {
	level, _, err := f.installation(ref.Connection).Repositories.GetPermissionLevel(ctx, ref.Owner, ref.Name, login)
	if isMissing(err) {
		return false, nil
	}
	if err != nil {
		return false, f.answer("read permission of "+login, err)
	}
	if level.GetPermission() == "" {
		return false, emptyAnswer("read permission of " + login)
	}
	return level.GetPermission() == "write" || level.GetPermission() == "admin", nil
}
