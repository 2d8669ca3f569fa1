// Package report is lintel report: it sends what CI measured to a Lintel server.
package report

// Commands are those of "lintel report".
type Commands struct {
	Upload   Upload          `cmd:"" help:"Send reports of this CI job to a Lintel server."`
	Finalise finaliseCommand `cmd:"" help:"Say that CI has sent all reports of a commit."`

	Deployment deploymentCommand `cmd:"" help:"Say that a commit was deployed."`
}
