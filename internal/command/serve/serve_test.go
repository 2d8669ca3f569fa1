//race:unwatched
package serve
