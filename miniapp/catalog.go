package miniapp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

type catalogAnswer struct {
	Items []bridge.CatalogItem `json:"items"`
}

// showCatalog answers with what an app sells. The token's app counts, then ?app=, then
// the only one there is.
//
// Faults: NotFound for an app that is not there or has no catalog; Invalid when it
// must be named; Unauthenticated for a token that is not valid.
func (a *API) showCatalog(c *gin.Context) error {
	name := c.Query("app")
	if c.GetHeader("Authorization") != "" {
		who, err := a.authenticate(c.Request)
		if err != nil {
			return err
		}
		name = who.app
	}
	app, err := a.engine.App(name)
	if err != nil {
		return err
	}
	lister, ok := app.Pricer.(bridge.Lister)
	if !ok {
		return fault.New(fault.NotFound, "miniapp.catalog", "This app has no catalog.")
	}
	items, err := lister.List(c.Request.Context(), app.Name)
	if err != nil {
		return err
	}
	if items == nil {
		items = []bridge.CatalogItem{}
	}
	return web.Send(c, http.StatusOK, catalogAnswer{items})
}
