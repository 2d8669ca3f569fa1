package change

import "testing"

func TestForgeOf(t *testing.T) {
	for remote, want := range map[string]Forge{
		"https://github.com/acme/shop.git":              GitHub,
		"git@github.com:acme/shop.git":                  GitHub,
		"ssh://git@ssh.github.com:443/acme/shop":        GitHub,
		"https://oauth2:secret@gitlab.com/acme/shop":    GitLab,
		"git@GitLab.example.com:acme/tools/shop.git":    GitLab,
		"https://company-gitlab.example.com/acme/shop":  GitLab,
		"https://git.example.com/gitlab.com/mirror.git": "",
		"https://notgithub.example.com/acme/shop":       "",
		"/srv/github.com/shop.git":                      "",
		"C:\\gitlab.com\\shop":                          "",
		"":                                              "",
	} {
		if got := ForgeOf(remote); got != want {
			t.Errorf("%s: %q, want %q", remote, got, want)
		}
	}
}
