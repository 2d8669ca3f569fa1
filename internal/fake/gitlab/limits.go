package gitlab

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Limits are requests a minute; 0 is no limit, as on a self-managed instance. GitLab.com has 2,000 for a user, 60 for
// notes, 400 for GET /projects/:id, 500 for repository files and 25 for new pipelines.
type Limits struct {
	User, Notes, Projects, Files, Pipelines int
	// Silent answers 429 without the RateLimit headers, as some limits of single endpoints do.
	Silent bool
}

type limiter struct {
	mu    sync.Mutex
	rules Limits
	now   func() time.Time
	seen  map[[2]string]*minute // by limit and user
}

type minute struct {
	start time.Time
	count int
}

func newLimiter(rules Limits, now func() time.Time) *limiter {
	return &limiter{rules: rules, now: now, seen: map[[2]string]*minute{}}
}

// SetLimits changes the rate limits; what is used stays used.
func (l *Lab) SetLimits(rules Limits) {
	l.limits.mu.Lock()
	defer l.limits.mu.Unlock()
	l.limits.rules = rules
}

// enter counts a request and answers 429 when it is one too many.
func (l *limiter) enter(c *call, pattern string) *answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	type limit struct {
		name string
		most int
	}
	limits := []limit{{"throttle_authenticated_api", l.rules.User}}
	post := c.r.Method == http.MethodPost
	switch {
	case post && (strings.HasSuffix(pattern, "/notes") || strings.HasSuffix(pattern, "/discussions")):
		limits = append(limits, limit{"notes_create", l.rules.Notes})
	case pattern == "/projects/:id":
		limits = append(limits, limit{"project_api", l.rules.Projects})
	case strings.HasPrefix(pattern, "/projects/:id/repository/files"):
		limits = append(limits, limit{"throttle_authenticated_files_api", l.rules.Files})
	case post && strings.HasSuffix(pattern, "/pipelines"):
		limits = append(limits, limit{"pipelines_create", l.rules.Pipelines})
	}
	now := l.now()
	for _, x := range limits {
		if x.most == 0 {
			continue
		}
		at := l.seen[[2]string{x.name, c.who.name()}]
		if at == nil || now.Sub(at.start) >= time.Minute {
			at = &minute{start: now.Truncate(time.Minute)}
			l.seen[[2]string{x.name, c.who.name()}] = at
		}
		at.count++
		header := map[string]string{}
		if !l.rules.Silent {
			reset := at.start.Add(time.Minute)
			header = map[string]string{
				"RateLimit-Limit": strconv.Itoa(x.most), "RateLimit-Name": x.name, "RateLimit-Observed": strconv.Itoa(at.count),
				"RateLimit-Remaining": strconv.Itoa(
					max(x.most-at.count, 0),
				), "RateLimit-Reset": strconv.FormatInt(reset.Unix(), 10),
			}
			for name, value := range header {
				c.header.Set(name, value)
			}
			header["Retry-After"] = strconv.Itoa(max(int(reset.Sub(now).Seconds()), 1))
		}
		if at.count > x.most {
			return &answer{status: http.StatusTooManyRequests, raw: []byte("Retry later\n"), kind: "text/plain", header: header}
		}
	}
	return nil
}
