//! The menus: what belongs to the window. What belongs to booking is on the screens, each with its key.

use lanterna_desk::words::{Locale, Words};
use tauri::menu::{AboutMetadata, Menu, MenuBuilder, MenuEvent, MenuItem, MenuItemBuilder, SubmenuBuilder};
use tauri::{AppHandle, Emitter, Manager, Wry};

use crate::window;

/// Channel on which the screens hear what was chosen.
const MENU: &str = "menu";

const QUIT: &str = "quit";
const ZOOM_IN: &str = "zoom-in";
const ZOOM_OUT: &str = "zoom-out";
const ZOOM_NORMAL: &str = "zoom-normal";
const FULL_SCREEN: &str = "full-screen";

/// Makes the menu bar in a language.
pub fn bar(app: &AppHandle, locale: Locale) -> tauri::Result<Menu<Wry>> {
    let words = Words::new(locale);
    let word = |id: &str| words.get(id, &[]);
    let item = |id: &str, keys: &str| -> tauri::Result<MenuItem<Wry>> {
        MenuItemBuilder::with_id(id, word(&format!("menu-{id}")))
            .accelerator(keys)
            .build(app)
    };
    let about = AboutMetadata {
        name: Some("Lanterna".to_owned()),
        version: Some(app.package_info().version.to_string()),
        comments: Some(word("about-what")),
        license: Some("EUPL-1.2".to_owned()),
        ..AboutMetadata::default()
    };
    let own = SubmenuBuilder::new(app, "Lanterna")
        .about_with_text(word("menu-about"), Some(about))
        .separator()
        .item(&item(QUIT, "CmdOrCtrl+Q")?)
        .build()?;
    let view = SubmenuBuilder::new(app, word("menu-view"))
        .item(&item(ZOOM_IN, "CmdOrCtrl+=")?)
        .item(&item(ZOOM_OUT, "CmdOrCtrl+-")?)
        .item(&item(ZOOM_NORMAL, "CmdOrCtrl+0")?)
        .separator()
        .item(&item(FULL_SCREEN, "F11")?)
        .build()?;
    let bar = MenuBuilder::new(app).item(&own);
    // Elsewhere the web view knows these keys by itself.
    #[cfg(target_os = "macos")]
    let bar = {
        let edit = SubmenuBuilder::new(app, word("menu-edit"))
            .cut_with_text(word("menu-cut"))
            .copy_with_text(word("menu-copy"))
            .paste_with_text(word("menu-paste"))
            .select_all_with_text(word("menu-select-all"))
            .build()?;
        bar.item(&edit)
    };
    bar.item(&view).build()
}

/// Does what was chosen.
pub fn chosen(app: &AppHandle, event: &MenuEvent) {
    let Some(window) = app.get_webview_window(window::MAIN) else {
        return;
    };
    let done = match event.id().as_ref() {
        QUIT => window.close(),
        // The screens know the zoom and keep it: one owner, whichever way it is changed.
        command @ (ZOOM_IN | ZOOM_OUT | ZOOM_NORMAL) => app.emit(MENU, command),
        FULL_SCREEN => window.is_fullscreen().and_then(|full| window.set_fullscreen(!full)),
        _ => Ok(()),
    };
    if let Err(error) = done {
        tracing::warn!(%error, chosen = event.id().as_ref(), "the window did not obey");
    }
}
