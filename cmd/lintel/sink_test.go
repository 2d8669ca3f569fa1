package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
)

// sink is a program for scripts, "sink ADDRESS-FILE LOG": a server that takes reports and writes down what came. A
// report with the flag "moved" is refused, and the first one with the flag "busy" is answered with 503. It gives OIDC
// tokens as GitHub Actions does, at /token, and releases whose downloads are cut, at /cut.
func sink() {
	if err := serveSink(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serveSink(addressFile, logFile string) error {
	log, err := os.Create(logFile)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	busy := true
	mux := http.NewServeMux()
	mux.HandleFunc("GET /token", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(log, "token for %s by %s\n", strings.Replace(r.URL.Query().Get("audience"), l.Addr().String(), "SINK", 1),
			r.Header.Get("Authorization"))
		io.WriteString(w, `{"value":"oidc"}`)
	})
	mux.HandleFunc("GET /cut/{version}/{file}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("file") == "checksums.txt" {
			fmt.Fprintf(w, "%064d  lintel_1.2.3_linux_amd64.tar.gz\n", 0)
			return
		}
		// The connection ends before the bytes that were promised came.
		w.Header().Set("Content-Length", "1000000")
		io.WriteString(w, "the beginning of an archive")
	})
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			if body, err = gzip.NewReader(r.Body); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
		}
		text, err := io.ReadAll(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprintf(log, "%s?%s %s %q\n", r.URL.Path, r.URL.RawQuery, r.Header.Get("Authorization"), text)
		switch flag := r.URL.Query().Get("flag"); {
		case flag == "busy" && busy:
			busy = false
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			io.WriteString(w, `{"error":"busy","message":"too many reports arrive at once","remedy":"come back"}`)
		case flag == "moved":
			w.WriteHeader(http.StatusConflict)
			io.WriteString(w,
				`{"error":"head_moved","message":"the pull request has a newer head","remedy":"nothing has to be done: `+
					`the newer head is measured by its own run"}`)
		default:
			fmt.Fprintf(w,
				`{"outcome":"stored","kind":%q,"format":"go","flag":%q,"part":%q,"sha":%q,"changes":1,"notes":["2 files `+
					`of the report are not in the repository"]}`,
				r.URL.Query().Get("kind"), flag, r.URL.Query().Get("part"), r.URL.Query().Get("sha"))
		}
	})
	if err := os.WriteFile(addressFile+".new", []byte("http://"+l.Addr().String()), 0o600); err != nil {
		return err
	}
	// Whoever finds the file finds it whole, and the server is there.
	if err := os.Rename(addressFile+".new", addressFile); err != nil {
		return err
	}
	return http.Serve(l, mux)
}
