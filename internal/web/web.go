// Package web serves Lintel over HTTP: the pages that explain verdicts, the health that load balancers ask for, and the
// listeners with all their paths. It knows no forge, database or queue: what it needs of them is declared here as
// interfaces and functions. It is large because one page explains all evidence of a verdict, and because the two
// listeners share their parts.
//
// Callers may rely on this:
//   - Public shows a page only to whoever has the link from the change's check or comment; every other
//     answer about pages is one and the same 404;
//   - no page but that of the sign-in sets a cookie; none loads anything from elsewhere, or lets itself be framed,
//     indexed or kept; none runs a script but those with charts, which run htmx, by its digest, and work without it;
//   - what others wrote is escaped by package template alone: no text becomes markup;
//   - a panic answers 500 and is logged, and the server lives on.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// Public is the handler of the listener that the forge, CI and people reach: health, the rules' manual, pages by
// capability, and the given routes.
func Public(log *slog.Logger, health *Health, pages *Pages, more ...func(*http.ServeMux)) http.Handler {
	mux := http.NewServeMux()
	for _, route := range more {
		route(mux)
	}
	health.route(mux, false)
	pages.routeManual(mux)
	mux.HandleFunc("GET /pr/{forge}/{change...}", pages.byCapability)
	mux.HandleFunc("GET /group/{forge}/{change...}", pages.byCapability)
	mux.HandleFunc("GET /{$}", pages.welcome)
	mux.HandleFunc("/", notFound)
	return guard(log, mux)
}

// Admin is the handler of the operators' listener, which nobody else reaches: every page without a capability, an
// overview, health with details, metrics, and the given routes. A nil door lets in whoever reaches the listener.
func Admin(log *slog.Logger, overview *Overview, health *Health, pages *Pages, door Door, more ...func(*http.ServeMux)) http.Handler {
	mux := http.NewServeMux()
	for _, route := range more {
		route(mux)
	}
	health.route(mux, true)
	pages.routeManual(mux)
	pages.routeScorecards(mux)
	pages.routeObjectives(mux)
	routeAssets(mux)
	change := inTime(pages.o.Limit, http.HandlerFunc(pages.forOperators))
	mux.Handle("GET /pr/{forge}/{change...}", change)
	mux.Handle("GET /group/{forge}/{change...}", change)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { overview.show(w, r, health, pages) })
	if overview.metrics != nil {
		mux.Handle("GET /metrics", overview.metrics)
	}
	mux.HandleFunc("/", notFound)
	if door == nil {
		return guard(log, checkHost("", mux))
	}
	door.Route(mux)
	return guard(log, checkHost(door.Host(), door.Protect(mux)))
}

// inTime answers operators even when the record does not answer.
func inTime(limit time.Duration, next http.Handler) http.Handler {
	const title, text = "The record did not answer in time", "The overview at / says what is not well; the log has more."
	late := http.StatusServiceUnavailable
	// Both paths have this depth.
	page := http.TimeoutHandler(next, limit,
		string(stillPage("failure", failureOf(rootFrom("/pr/forge/owner/repo/1"), late, title, text))))
	line := http.TimeoutHandler(next, limit, failureLine(late, title, text))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if browsing(r) {
			// An answer in time sets its own type.
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			page.ServeHTTP(w, r)
			return
		}
		line.ServeHTTP(w, r)
	})
}

// NewServer makes a server for one of the handlers, with time-outs and limits that a slow or hostile client cannot
// stretch. The webhook handler bounds the time of a body on its own.
func NewServer(log *slog.Logger, h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second,
		IdleTimeout:    2 * time.Minute,
		MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// Shutdown lets requests that run end, for ten seconds.
func Shutdown(servers []*http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var errs []error
	for _, srv := range servers {
		errs = append(errs, srv.Shutdown(ctx))
	}
	return errors.Join(errs...)
}

// guard sets the headers that every answer has, and turns a panic into a 500.
func guard(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			// Log the path, which names the change, but not the query, which holds the capability.
			log.ErrorContext(r.Context(), "a request panicked", "method", r.Method, "path", r.URL.Path, "panic", fmt.Sprint(p),
				"stack", string(debug.Stack()))
			fail(w, r, http.StatusInternalServerError, "Something went wrong here", "Whoever runs Lintel finds the reason in its log.")
		}()
		next.ServeHTTP(w, r)
	})
}

// notFound is the one answer for everything that does not exist or that the client may not see: a page for a browser, a
// line for a program. It reveals nothing about the address but its depth.
func notFound(w http.ResponseWriter, r *http.Request) {
	if browsing(r) {
		still(w, http.StatusNotFound, "missing", frame{Tab: "There is no such page", Root: rootFrom(r.URL.Path)})
		return
	}
	plain(w, http.StatusNotFound, "404: there is no such page, or the link to it is incomplete.\n")
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", itoa(len(text)))
	w.WriteHeader(status)
	// A client that went away is not worth a log line.
	_, _ = w.Write([]byte(text))
}

// checkHost rejects Host headers that are neither a name that is ours, nor an address, nor localhost, against DNS
// rebinding: a web page could point a name of its own at this listener, and read it through its visitor's browser.
func checkHost(own string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		host = strings.ToLower(strings.Trim(host, "[]"))
		if host != "localhost" && (own == "" || host != strings.ToLower(own)) && net.ParseIP(host) == nil {
			fail(w, r, http.StatusMisdirectedRequest, "This name is not one of this listener",
				"It is reached by its address or by localhost, so that no other web page can read it through your browser.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func itoa(n int) string { return strconv.Itoa(n) }
