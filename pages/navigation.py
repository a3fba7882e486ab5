"""The shell around every screen: language, sign-in, menu, title and filters. What is asked for is drawn inside."""

import streamlit as st

from components import (
    access,
    account,
    back,
    drawn,
    exports,
    filters,
    head,
    legible,
    live,
    menu,
    notices,
    share_form,
    sharing,
)
from components.texts import _, settle

settle()
st.set_page_config(_("Customer satisfaction"), menu.ICON, layout="wide", initial_sidebar_state=200)
legible.sharpen()
back.needs_one_press()
is_shared = sharing.is_asked()
shared = sharing.current() if is_shared else None
viewer = None if is_shared else access.current_viewer()
if viewer is not None:
    access.adopt_language(viewer)
    filters.carry()
legible.translate()
drawn.begin()
page = st.navigation(menu.pages(viewer, shared), position="hidden" if viewer is None else "sidebar", expanded=True)
# No st.stop() here: after it Streamlit keeps the fragments of the run before, which then draw into a page that is gone.
if is_shared:
    sharing.show(shared, page)
elif viewer is None and page.url_path != menu.SHARED:
    access.ask_to_sign_in()
elif viewer is None or page.url_path == menu.SHARED:
    sharing.nowhere()
else:
    with live.turn():
        st.logo(menu.logo(), size="large")
        account.popover(viewer)
        notices.show()
        screen = menu.screen_of(page)
        if screen.has_head:
            with head.row():
                head.title(_(screen.title))
                if screen.has_filters:
                    filters.bar(viewer, screen.name)
                head.place_actions()
                share_form.button(viewer, screen.name)
        page.run()
        exports.rest(viewer, screen.name)
