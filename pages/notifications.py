"""Notifications: what waits for me?"""

from components import access, bell

viewer = access.require("be_told")
bell.listed(viewer)
