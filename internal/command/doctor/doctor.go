// Package doctor is lintel doctor: it examines what the server depends on.
package doctor

import (
	"github.com/lintel-review/lintel/internal/command/doctor/checksandbox"
	"github.com/lintel-review/lintel/internal/command/doctor/database"
	"github.com/lintel-review/lintel/internal/command/doctor/githubapp"
	"github.com/lintel-review/lintel/internal/command/doctor/gitlabproject"
	"github.com/lintel-review/lintel/internal/command/doctor/languagemodel"
)

// Commands are those of "lintel doctor".
type Commands struct {
	Checks   checksandbox.Command  `cmd:"" help:"Examine the sandbox of checks: can it run one; in a cluster rights, namespace, network."`
	Database database.Command      `cmd:"" help:"Examine the database: can it be reached and written, which version, what waits."`
	GitHub   githubapp.Command     `cmd:"" name:"github" help:"Examine the App: key, permissions, events, webhook, deliveries, limits, check."`
	GitLab   gitlabproject.Command `cmd:"" name:"gitlab" help:"Examine a GitLab: token, webhook, which gate holds, which wrong greens remain."`
	Model    languagemodel.Command `cmd:"" help:"Examine the language model: can it be reached, what it can do, what a review would cost."`
}
