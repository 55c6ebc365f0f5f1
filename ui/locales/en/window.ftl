# The menus of the window.
menu-about = About Lanterna
menu-quit = Quit
menu-view = View
menu-zoom-in = Zoom in
menu-zoom-out = Zoom out
menu-zoom-normal = Normal size
menu-full-screen = Full screen
menu-edit = Edit
menu-cut = Cut
menu-copy = Copy
menu-paste = Paste
menu-select-all = Select all
about-what = Booking of specialist health services through the regional CUP, even when the CUP does not answer.
notice-urgent-title = Lanterna: an urgent booking needs a decision
notice-urgent-body = A place of class U or B was lost. Open the Queue.
