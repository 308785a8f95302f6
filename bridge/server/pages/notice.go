package pages

import "net/http"

// Notice is a page without an order.
type Notice state

// The notices.
const (
	Nowhere = Notice(nowhere) // nothing is at the address
	Home    = Notice(home)    // the root of a server, which payers reach by mistake
	Trouble = Notice(trouble) // a page that cannot be rendered now; it tries again by itself
)

// troubleSeconds is how long an error page waits before it reloads itself.
const troubleSeconds = 10

// Say writes a notice with an HTTP status. Of v only BasePath and FrameAncestors count.
func Say(w http.ResponseWriter, r *http.Request, notice Notice, status int, v View) {
	v = View{BasePath: v.BasePath, FrameAncestors: v.FrameAncestors, notice: state(notice)}
	writeStatus(w, r, v, "return", status)
}

// docs is the address of the documentation, which only the root's page names.
func (v View) docs() string {
	if v.notice != home {
		return ""
	}
	return v.BasePath + "/docs"
}
