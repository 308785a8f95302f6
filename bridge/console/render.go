package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/design"
	"github.com/minitill/minitill/wallet"
)

//go:embed assets
var files embed.FS

//go:embed templates
var templateFiles embed.FS

// templates are parsed for the first page, since a start would wait for them.
var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{
		"icon":  design.Icon,
		"money": func(m wallet.Money) template.HTML { return design.Money(m.Decimal(), string(m.Currency)) },
		"words": func(code any) string { return words(fmt.Sprint(code)) },
		"tone":  func(status any) string { return tone(fmt.Sprint(status)) },
		"cut":   func(s string) []string { return strings.SplitN(s, ", ", 2) },
		"has":   func(list []operator.Grant, g operator.Grant) bool { return slices.Contains(list, g) },
	}).ParseFS(templateFiles, "templates/*.html"))
})

// words writes a code such as amount_mismatch for people.
func words(code string) string {
	text := strings.NewReplacer("_", " ", ".", " ").Replace(code)
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// tone is the colour of a status.
func tone(status string) string {
	switch status {
	case "paid", "succeeded", "delivered", "done", "closed":
		return "good"
	case "failed", "dead", "open", "unauthenticated", "declined":
		return "bad"
	case "pending", "authorized", "undelivered", "waiting", "half-open", "unknown":
		return "care"
	}
	return "calm"
}

// frame is what every page of the console has.
type frame struct {
	*page
	Title string
	Name  string // of the template with the content
	Data  any
	Fault *problem.Document // why the action of this page was refused
	Done  string            // the action that led here
}

// part is what a shared template draws: a list, with the page around it.
type part struct {
	Frame frame
	Data  any
	Key   string // of forms in it
	From  string // the page that its forms lead back to
}

// With is a list for a shared template.
func (f frame) With(data any) part { return part{Frame: f, Data: data} }

// Deliveries is a list of deliveries, whose forms lead back to the page from.
func (f frame) Deliveries(list []store.DeliveryRecord, from string) part {
	return part{f, list, newKey(), from}
}

// NewKey is the key of a form that is rendered again.
func (f frame) NewKey() string { return newKey() }

// show writes a page. It renders into memory first, so that an error leaves no partial page.
func (p *page) show(status int, name, title string, data any) error {
	return p.write(status, frame{page: p, Title: title, Name: name, Data: data, Done: doneText(p.r.URL.Query().Get("done"))})
}

func (p *page) write(status int, f frame) error {
	var content, b bytes.Buffer
	if err := templates().ExecuteTemplate(&content, f.Name+".html", f); err != nil {
		return fault.Wrap(fault.Internal, "console.write", err)
	}
	whole := struct {
		frame
		Content template.HTML
	}{f, template.HTML(content.String())}
	if err := templates().ExecuteTemplate(&b, "frame.html", whole); err != nil {
		return fault.Wrap(fault.Internal, "console.write", err)
	}
	design.Policy{FormAction: []string{"'self'"}}.Write(p.w.Header())
	p.w.WriteHeader(status)
	_, _ = b.WriteTo(p.w) // the browser may have closed the connection
	return nil
}

// fail shows a fault. Without a session it leads to the sign-in page.
func (p *page) fail(err error) {
	d := problem.Of(err, "", p.requestID())
	if d.Status >= http.StatusInternalServerError {
		p.log.Error("console: request failed; check the database, and report this when it is reachable", "request", p.requestID(), "route", p.r.Pattern, "fault", err)
	}
	if d.Status == http.StatusUnauthorized {
		p.toSignIn()
		return
	}
	if after := fault.Of(err).RetryAfter; after > 0 {
		p.w.Header().Set("Retry-After", problem.RetryAfter(after))
	}
	if err := p.write(d.Status, frame{page: p, Title: d.Title, Name: "fault", Fault: &d}); err != nil {
		http.Error(p.w, "The page could not be rendered.", http.StatusInternalServerError)
	}
}

// refused shows the page of a form again with why it was refused.
func (p *page) refused(err error, name, title string, data any) error {
	d := problem.Of(err, "", p.requestID())
	if d.Status >= http.StatusInternalServerError || d.Status == http.StatusUnauthorized {
		return err
	}
	return p.write(d.Status, frame{page: p, Title: title, Name: name, Data: data, Fault: &d})
}

// Head is the content of the <head> of every page.
func (p *page) Head() template.HTML {
	return assets.Head(p.base+"assets/", "", "uplot.css", "console.css", "htmx.min.js", "console.js")
}

// Base is where the console begins.
func (p *page) Base() string { return p.base }

// URL is the address of a page in this page's app, with parameters in pairs.
func (p *page) URL(path string, pairs ...string) string { return p.url(path, pairs...) }

// App is the app of the page; nil outside of any.
func (p *page) App() *App { return p.app }

// Apps are the apps that the operator sees.
func (p *page) Apps() (list []App) {
	for _, name := range p.ownApps() {
		list = append(list, *p.Console.app(name))
	}
	return list
}

// Operator is who is signed in.
func (p *page) Operator() *operator.Operator { return &p.operator }

// Section is the part of the navigation that the page belongs to.
func (p *page) Section() string { return p.section }

// link is an entry of the navigation.
type link struct{ Path, Name string }

// Sections are the entries of the navigation that the operator may open.
func (p *page) Sections() []link {
	list := []link{{"", "Overview"}, {"orders", "Orders"}, {"attention", "Attention"}, {"refunds", "Refunds"}, {"inbox", "Unmatched"}, {"webhooks", "Webhooks"}, {"wallets", "Wallets"}}
	for _, more := range []struct {
		right operator.Action
		link  link
	}{{operator.Export, link{"exports", "Export"}}, {operator.Endpoints, link{"endpoints", "Endpoints"}}, {operator.Keys, link{"keys", "Keys"}}, {operator.Operators, link{"operators", "Operators"}}, {operator.SeeAudit, link{"audit", "Audit"}}} {
		if p.May(more.right) {
			list = append(list, more.link)
		}
	}
	return list
}

// Can reports whether the operator may do something in the page's app.
func (p *page) Can(action string) bool { return p.app != nil && p.May(operator.Action(action)) }

// zone is the time zone of the times of the page.
func (p *page) zone() *time.Location {
	if p.app == nil || p.r.URL.Query().Get("utc") == "1" {
		return time.UTC
	}
	return p.app.Zone
}

// Zone names the time zone of the page with its offset now.
func (p *page) Zone() string {
	if p.zone() == time.UTC {
		return "UTC"
	}
	return p.zone().String() + ", UTC" + p.now().In(p.zone()).Format("-07:00")
}

// UTC reports whether the page shows UTC, and InUTC is its address with the other choice.
func (p *page) UTC() bool { return p.zone() == time.UTC }

// InUTC is the address of this page with times in UTC; empty where they are already.
func (p *page) InUTC() string {
	if p.app == nil || p.app.Zone == time.UTC || p.UTC() || p.r.Method != http.MethodGet {
		return ""
	}
	query := p.r.URL.Query()
	query.Set("utc", "1")
	return "?" + query.Encode()
}

// When shows a time in the app's zone, and in UTC when pointed at. A translation by the browser may
// turn the page right to left, where date and time would change places without the bdi.
func (p *page) When(t time.Time) template.HTML {
	if t.IsZero() {
		return "–"
	}
	local := t.In(p.zone())
	return template.HTML(fmt.Sprintf(`<bdi dir="ltr"><time datetime="%s" title="%s UTC">%s</time></bdi>`,
		t.UTC().Format(time.RFC3339), t.UTC().Format(time.DateTime), local.Format(time.DateTime)))
}

// doneTexts say what has been done, after an action.
var doneTexts = map[string]string{
	"refresh": "The wallet was queried. This is its latest known state.", "cancel": "The order is canceled.", "capture": "The capture was sent.", "void": "The hold was released.",
	"refund": "The refund was sent.", "requested": "The refund waits for a second operator.", "approve": "The refund was approved and sent.", "reject": "The refund was rejected.", "resolve": "The reason was cleared.", "retry": "The notification was applied.", "kept": "The notification still cannot be applied.",
	"dismiss": "The notification was dismissed.", "replay": "The webhook will be delivered again now.", "revoke": "The key is revoked.",
	"bulk": "The replay has begun. Its progress is below.", "many": "It has begun. Its progress is below.", "many-canceled": "It is canceled. What was done before stays.", "bulk-canceled": "The replay is canceled. What was replayed before is delivered.",
	"endpoint-disabled": "The endpoint is disabled.", "endpoint-enabled": "The endpoint is enabled.",
	"probe": "The wallet answered, and accepts our signature.",
	"view":  "The view is saved.", "view-removed": "The view is removed.",
	"disable": "The operator is disabled.", "sessions": "The sessions have ended.",
}

func doneText(code string) string { return doneTexts[code] }
