package initialise

import (
	"testing"
)

func TestRemote(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://github.com/acme/shop.git":           "github.com acme/shop",
		"https://github.com/acme/shop":               "github.com acme/shop",
		"https://github.com/acme/shop/":              "github.com acme/shop",
		"https://user:secret@github.com/acme/sh.op":  "github.com acme/sh.op",
		"http://127.0.0.1:4000/acme/shop.git":        "127.0.0.1:4000 acme/shop",
		"git@github.com:acme/shop.git":               "github.com acme/shop",
		"github.com:acme/shop":                       "github.com acme/shop",
		"ssh://git@ghes.example:2222/acme/shop.git":  "ghes.example acme/shop",
		"ssh://git@ssh.github.com:443/acme/shop.git": "github.com acme/shop",
		"git://github.com/acme/shop":                 "github.com acme/shop",
		"":                                           "",
		"/srv/git/shop.git":                          "",
		"../shop":                                    "",
		"file:///srv/git/shop":                       "",
		"https://gitlab.example/group/sub/shop.git":  "",
		"https://github.com/acme":                    "",
		"https://github.com/acme/..":                 "",
		"git@github.com:acme/shop#1":                 "",
		"https://github.com/ac me/shop":              "",
		"ftp://github.com/acme/shop":                 "",
		"https://user:secret@github.com":             "",
		"C:/git/shop":                                "",
		"ext::sh -c evil acme/shop":                  "",
	} {
		host, name, ok := remote(address)
		got := ""
		if ok {
			got = host + " " + name.Owner + "/" + name.Name
		}
		if got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
