// Package setup is lintel setup: it connects a server to its forge for the first time, writes the server's files, starts
// it, and says what is left to do.
package setup

// Commands are the commands below "lintel setup".
type Commands struct {
	GitHub GitHub `cmd:"" name:"github" help:"Register a GitHub App by one click, write the server's files, and start."`
	GitLab GitLab `cmd:"" name:"gitlab" help:"Try an access token, make the webhook, write the server's files, and start."`
}
